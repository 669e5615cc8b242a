import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLocalServer } from './local-server.ts';

/** A job of a run, in GitHub's own fields. */
export interface FakeJob {
  readonly status: string;
  readonly conclusion: string | null;
  readonly completed_at: string | null;
  readonly runner_name?: string | null;
}

/** What GitHub knows about one attempt. `failure` replaces the answers of both routes. */
export interface FakeRun {
  readonly status: string;
  readonly jobs: readonly FakeJob[];
  /** Behaves like a server without paging: it always returns the first page. */
  readonly isWithoutPages?: boolean;
  readonly failure?: { readonly status: number; readonly message: string };
}

/**
 * A local stand-in for the two routes of GitHub's API that are used; below `/api/v3`, as on an Enterprise
 * Server, too.
 */
export interface FakeGitHub {
  readonly url: string;
  /** `METHOD path?query` of each request. */
  readonly requests: string[];
  /** The `authorization` headers received. */
  readonly authorizations: Set<string>;
  /** By `owner/repo/runs/id/attempts/n`; all others are 404. */
  readonly runs: Map<string, FakeRun>;
  /** The clock that its Date header shows, in ms since the epoch. */
  now: number;
  stop(): Promise<void>;
}

const ROUTE = /^(?:\/api\/v3)?\/repos\/([^/]+\/[^/]+)\/actions\/(runs\/\d+\/attempts\/\d+)(\/jobs)?$/;
const NOT_FOUND = { status: 404, message: 'Not Found' };

/** A job that ended this long before `now`. */
export function endedJob(now: number, agoMs: number): FakeJob {
  const completed_at = new Date(now - agoMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return { status: 'completed', conclusion: 'success', completed_at };
}

/** Starts it on a free port of 127.0.0.1, with its own clock, years away from all others. */
export async function startGitHub(): Promise<FakeGitHub> {
  const { url, stop } = await startLocalServer((request, response) => answer(fake, request, response));
  const fake: FakeGitHub = {
    url,
    requests: [],
    authorizations: new Set<string>(),
    runs: new Map(),
    now: Date.UTC(2031, 4, 6, 7, 8, 9),
    stop,
  };
  return fake;
}

function answer(fake: FakeGitHub, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', fake.url);
  fake.requests.push(`${request.method} ${url.pathname}${url.search}`);
  fake.authorizations.add(request.headers.authorization ?? '');
  const [, repository, path, jobs] = ROUTE.exec(url.pathname) ?? [];
  const run = fake.runs.get(`${repository}/${path}`);
  const failure = run === undefined ? NOT_FOUND : run.failure;
  const body = failure ?? (jobs === undefined ? { status: run?.status } : makePage(run, url));
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    date: new Date(fake.now).toUTCString(),
  };
  response.writeHead(failure?.status ?? 200, headers).end(JSON.stringify(body));
}

function makePage({ jobs = [], isWithoutPages = false }: Partial<FakeRun> = {}, { searchParams }: URL) {
  const page = isWithoutPages ? 1 : Number(searchParams.get('page') ?? 1);
  const size = Number(searchParams.get('per_page') ?? 30);
  const numbered = jobs.map((job, i) => ({ ...job, id: i + 1 }));
  return { total_count: jobs.length, jobs: numbered.slice((page - 1) * size, page * size) };
}
