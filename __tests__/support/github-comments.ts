import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLocalServer } from './local-server.ts';

/** A comment as GitHub stores it. */
export interface FakeComment {
  readonly id: number;
  body: string;
  readonly author: string;
}

/** An answer in place of GitHub's own. */
export interface FakeRefusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole answer, when it isn't just the message. */
  readonly data?: unknown;
}

/** A pull request that can be found by commit and branch. */
export interface FakePull {
  readonly number: number;
  readonly state: string;
  readonly headSha: string;
  /** `owner:branch` */
  readonly head: string;
}

/**
 * A local stand-in for the routes of GitHub's API that comments need; below `/api/v3`, as on an Enterprise
 * Server, too.
 */
export interface FakeComments {
  readonly url: string;
  /** `METHOD path?query` of each request. */
  readonly requests: string[];
  /** All request bodies. */
  readonly bodies: string[];
  /** By `owner/repo#number`. */
  readonly comments: Map<string, FakeComment[]>;
  readonly pulls: FakePull[];
  /** The token's user. */
  login: string;
  /** Decides before each request; undefined: GitHub answers. */
  refuse: (request: string) => FakeRefusal | undefined;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const MAX_BODY = 65_536;
const FOUND: Answer = { status: 200, data: {} };
const NOT_FOUND: Answer = { status: 404, data: { message: 'Not Found' } };

/** Starts it on a free port of 127.0.0.1. */
export async function startGitHubComments(): Promise<FakeComments> {
  const { url, stop } = await startLocalServer((request, response) => void handle(fake, request, response));
  const fake: FakeComments = {
    url,
    requests: [],
    bodies: [],
    comments: new Map(),
    pulls: [],
    login: 'github-actions[bot]',
    refuse: () => undefined,
    stop,
  };
  return fake;
}

async function handle(fake: FakeComments, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', fake.url);
  const path = url.pathname.replace(/^\/api(?:\/v3)?/, '');
  const line = `${request.method} ${path}${url.search}`;
  fake.requests.push(line);
  fake.bodies.push(text);
  const refusal = fake.refuse(line);
  const answer: Answer =
    refusal === undefined
      ? route(fake, request.method ?? '', path, url.searchParams, readBody(text))
      : {
          status: refusal.status,
          data: refusal.data ?? { message: refusal.message },
          headers: refusal.headers,
        };
  const headers = { 'content-type': 'application/json; charset=utf-8', ...answer.headers };
  response.writeHead(answer.status, headers).end(answer.status === 204 ? '' : JSON.stringify(answer.data));
}

function readBody(text: string): string {
  const sent: unknown = text === '' ? undefined : JSON.parse(text);
  const isBody = typeof sent === 'object' && sent !== null && 'body' in sent && typeof sent.body === 'string';
  return isBody ? String(sent.body) : '';
}

function route(
  fake: FakeComments,
  method: string,
  path: string,
  query: URLSearchParams,
  body: string,
): Answer {
  if (path === '/graphql') return { status: 200, data: { data: { viewer: { login: fake.login } } } };
  if (path === '/user') return { status: 200, data: { login: fake.login } };
  const [, repository = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)\/(.*)$/.exec(path) ?? [];
  const [, number] = /^issues\/(\d+)\/comments$/.exec(rest) ?? [];
  if (number !== undefined) return ofPull(fake, method, `${repository}#${number}`, query, body);
  const [, id] = /^issues\/comments\/(\d+)$/.exec(rest) ?? [];
  if (id !== undefined) return ofComment(fake, method, Number(id), body);
  const [, sha] = /^commits\/(\w+)\/pulls$/.exec(rest) ?? [];
  if (sha !== undefined) return pullsBy(fake, (pull) => pull.headSha === sha);
  const [, pull] = /^pulls\/(\d+)$/.exec(rest) ?? [];
  if (pull !== undefined) return fake.pulls.some(({ number }) => number === Number(pull)) ? FOUND : NOT_FOUND;
  if (rest === 'pulls') return pullsBy(fake, (pull) => pull.head === query.get('head'));
  return NOT_FOUND;
}

function ofPull(
  fake: FakeComments,
  method: string,
  key: string,
  query: URLSearchParams,
  body: string,
): Answer {
  const comments = fake.comments.get(key) ?? [];
  fake.comments.set(key, comments);
  if (method === 'GET') {
    const page = Number(query.get('page') ?? 1);
    const size = Number(query.get('per_page') ?? 30);
    return { status: 200, data: comments.slice((page - 1) * size, page * size).map(asJson) };
  }
  if (body.length > MAX_BODY) return { status: 422, data: { message: 'body is too long' } };
  const ids = [...fake.comments.values()].flat().map(({ id }) => id);
  const comment = { id: Math.max(0, ...ids) + 1, body, author: fake.login };
  comments.push(comment);
  return { status: 201, data: asJson(comment) };
}

function ofComment(fake: FakeComments, method: string, id: number, body: string): Answer {
  for (const comments of fake.comments.values()) {
    const index = comments.findIndex((comment) => comment.id === id);
    const comment = comments[index];
    if (comment === undefined) continue;
    if (method === 'DELETE') {
      comments.splice(index, 1);
      return { status: 204, data: undefined };
    }
    if (body.length > MAX_BODY) return { status: 422, data: { message: 'body is too long' } };
    comment.body = body;
    return { status: 200, data: asJson(comment) };
  }
  return NOT_FOUND;
}

function pullsBy(fake: FakeComments, matches: (pull: FakePull) => boolean): Answer {
  const found = fake.pulls.filter(matches);
  const data = found.map(({ number, state, headSha }) => ({ number, state, head: { sha: headSha } }));
  return { status: 200, data };
}

function asJson({ id, body, author }: FakeComment) {
  return { id, body, user: { login: author }, html_url: `https://github.example/comments/${id}` };
}
