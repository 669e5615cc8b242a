import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLocalServer } from './local-server.ts';

/** A commit status as GitHub stores it. */
export interface FakeStatus {
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly target_url: string | undefined;
}

/** A local stand-in for the routes of GitHub's API that statuses of pull requests need. */
export interface FakeStatuses {
  readonly url: string;
  /** `METHOD path?query` of each request. */
  readonly requests: string[];
  /** The open pull requests, by number, and the commits at their heads. */
  readonly heads: Map<number, string>;
  /** By commit, the newest last. */
  readonly statuses: Map<string, FakeStatus[]>;
  /** Decides before each request; undefined: GitHub answers. */
  refuse: (request: string) => { readonly status: number; readonly message: string } | undefined;
  stop(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startGitHubStatuses(): Promise<FakeStatuses> {
  const { url, stop } = await startLocalServer((request, response) => {
    handle(fake, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  const fake: FakeStatuses = {
    url,
    requests: [],
    heads: new Map(),
    statuses: new Map(),
    refuse: () => undefined,
    stop,
  };
  return fake;
}

async function handle(fake: FakeStatuses, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', fake.url);
  const line = `${request.method} ${url.pathname}${url.search}`;
  fake.requests.push(line);
  const refusal = fake.refuse(line);
  const sent = text === '' ? {} : JSON.parse(text);
  const data = refusal === undefined ? route(fake, url, sent) : { message: refusal.message };
  const status = refusal?.status ?? (data === undefined ? 404 : request.method === 'POST' ? 201 : 200);
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  response
    .writeHead(url.pathname === '/graphql' && refusal === undefined ? 200 : status, headers)
    .end(JSON.stringify(data ?? { message: 'Not Found' }));
}

// biome-ignore lint/suspicious/noExplicitAny: what clients send is whatever it is.
function route(fake: FakeStatuses, { pathname, searchParams }: URL, sent: any): unknown {
  if (pathname === '/graphql') return answerGraphql(fake, sent.variables);
  const [, sha = ''] = /^\/repos\/acme\/infra\/(?:statuses|commits)\/(\w+)/.exec(pathname) ?? [];
  const statuses = fake.statuses.get(sha) ?? [];
  if (pathname === '/repos/acme/infra/pulls') {
    const page = Number(searchParams.get('page') ?? 1);
    const size = Number(searchParams.get('per_page') ?? 30);
    const all = [...fake.heads].map(([number, head]) => ({ number, state: 'open', head: { sha: head } }));
    return all.slice((page - 1) * size, page * size);
  }
  if (pathname.endsWith(`/statuses/${sha}`) && sha !== '') {
    const { context, state, description, target_url } = sent;
    if (String(description).length > 140) throw new Error('GitHub refuses so long a description');
    fake.statuses.set(sha, [...statuses, { context, state, description, target_url }]);
    return {};
  }
  if (pathname.endsWith(`/commits/${sha}/status`) && sha !== '') return { statuses: latest(statuses) };
  return undefined;
}

function latest(statuses: readonly FakeStatus[]): FakeStatus[] {
  return [...new Map(statuses.map((status) => [status.context, status])).values()];
}

/** Answers the one existing query, which requests 100 a page. */
function answerGraphql(fake: FakeStatuses, variables: { context: string; after?: string | null }): unknown {
  const from = Number(variables.after ?? 0);
  const nodes = [...fake.heads].slice(from, from + 100).map(([number, oid]) => {
    const given = latest(fake.statuses.get(oid) ?? []).find(({ context }) => context === variables.context);
    const context = given && {
      state: given.state.toUpperCase(),
      description: given.description,
      targetUrl: given.target_url ?? null,
    };
    const status = given === undefined ? null : { context };
    return { number, headRefOid: oid, commits: { nodes: [{ commit: { oid, status } }] } };
  });
  const hasNextPage = from + 100 < fake.heads.size;
  const pullRequests = { pageInfo: { hasNextPage, endCursor: String(from + 100) }, nodes };
  return { data: { repository: { pullRequests } } };
}
