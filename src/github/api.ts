import * as v from 'valibot';
import type { Clock } from '../time/clock.ts';
import {
  createGitHubClient,
  type GitHubAccess,
  type GitHubParameters,
  GitHubRefusal,
  type RefusalFacts,
} from './client.ts';
import type { Route } from './routes.ts';

/** How to reach GitHub's API, and how long to try. */
export interface ApiAccess extends GitHubAccess {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Between 0 and 1; spreads the retries. */
  readonly random: () => number;
}

export interface GitHubApi {
  /** Resolves with the answer's data. Errors: GitHubError. */
  request(route: Route, parameters: GitHubParameters): Promise<unknown>;
  /** The same, but sent only once: attempt number `attempt` of a caller that checks the current content before each. */
  attempt(route: Route, parameters: GitHubParameters, attempt: number): Promise<unknown>;
  /** Errors: GitHubError. */
  graphql(query: string, variables?: GitHubParameters): Promise<unknown>;
}

/** `forbidden`: the token lacks permission. `unavailable`: no answer, or only answers that ask to try later. */
export type GitHubErrorKind = 'forbidden' | 'not_found' | 'unavailable' | 'other';

/** Why a call failed. `detail`: the first line of what GitHub, or the network, says. */
export type GitHubProblem =
  | { readonly kind: 'answer'; readonly status: number; readonly detail: string }
  | { readonly kind: 'no_answer'; readonly detail: string }
  /** The answer is not in GitHub's form, for example a proxy's page. */
  | { readonly kind: 'not_understood' };

/** A call to GitHub that failed for good. */
export class GitHubError extends Error {
  readonly kind: GitHubErrorKind;
  readonly problem: GitHubProblem;
  /** When the call may be repeated, in ms from now; undefined when that would not help. */
  readonly againInMs: number | undefined;

  constructor(kind: GitHubErrorKind, problem: GitHubProblem, cause: unknown, againInMs: number | undefined) {
    super(`${kind}: ${problem.kind}`, { cause });
    this.name = 'GitHubError';
    this.kind = kind;
    this.problem = problem;
    this.againInMs = againInMs;
  }
}

/** An answer in the expected form. Errors: GitHubError for any other, for example a proxy's page. */
export function understood<Schema extends v.GenericSchema>(
  schema: Schema,
  data: unknown,
): v.InferOutput<Schema> {
  const answer = v.safeParse(schema, data);
  if (answer.success) return answer.output;
  throw new GitHubError('other', { kind: 'not_understood' }, answer.issues, undefined);
}

const ATTEMPTS = 5;
const BASE_MS = 1_000;
// GitHub asks for at least a minute after a secondary limit without a time.
const UNNAMED_LIMIT_MS = 60_000;
const LONGEST_WAIT_MS = 120_000;

/** Connects. Nothing reaches the network before the first request. */
export type ConnectGitHub = (access: ApiAccess) => Promise<GitHubApi>;

/** The real one. Retries as GitHub asks. */
export const connectGitHub: ConnectGitHub = async (access) => {
  const client = await createGitHubClient(access);
  const sending = (route: Route, parameters: GitHubParameters): Send => {
    return async () => (await client.request(route, parameters)).data;
  };
  return {
    request: (route, parameters) => persistently(access, sending(route, parameters)),
    attempt: (route, parameters, attempt) => once(access, attempt, sending(route, parameters)),
    graphql: (query, variables) => persistently(access, () => client.graphql(query, variables)),
  };
};

type Send = () => Promise<unknown>;

async function persistently(access: ApiAccess, send: Send): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(access, attempt, send);
    } catch (error) {
      if (!(error instanceof GitHubError) || error.againInMs === undefined) throw error;
      await access.clock.sleep(error.againInMs, access.signal);
    }
  }
}

async function once({ clock, random }: ApiAccess, attempt: number, send: Send): Promise<unknown> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof GitHubRefusal)) throw error;
    const delay = attempt < ATTEMPTS ? delayAfter(error, attempt, clock.now(), random) : undefined;
    throw new GitHubError(classifyAnswer(error), readProblem(error), error.cause, delay);
  }
}

/** How long to wait before the next attempt, in ms; undefined when it would not help. Pure. */
export function delayAfter(
  { status, message, headers }: RefusalFacts,
  attempt: number,
  now: number,
  random: () => number,
): number | undefined {
  const spread = BASE_MS * 2 ** (attempt - 1) * (0.5 + random() / 2);
  const isBroken = status === undefined || status >= 500;
  if (!isBroken && status !== 429 && status !== 403) return undefined;
  const named = secondsIn(headers['retry-after']);
  if (named !== undefined) return within(named * 1000 + spread);
  if (isBroken) return spread;
  const reset = secondsIn(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && reset !== undefined) {
    return within(Math.max(0, reset * 1000 - now) + spread);
  }
  if (status === 429 || /secondary rate limit/i.test(message)) return within(UNNAMED_LIMIT_MS + spread);
  return undefined;
}

/** A step of a job can't wait for an hour. */
function within(milliseconds: number): number | undefined {
  return milliseconds <= LONGEST_WAIT_MS ? milliseconds : undefined;
}

function secondsIn(header: unknown): number | undefined {
  const seconds = typeof header === 'string' && header !== '' ? Number(header) : Number.NaN;
  return Number.isFinite(seconds) ? seconds : undefined;
}

function classifyAnswer({ status, message, headers }: RefusalFacts): GitHubErrorKind {
  if (status === undefined || status >= 500 || status === 429) return 'unavailable';
  const limited = headers['x-ratelimit-remaining'] === '0' || /rate limit/i.test(message);
  if (status === 403) return limited ? 'unavailable' : 'forbidden';
  if (status === 401) return 'forbidden';
  return status === 404 ? 'not_found' : 'other';
}

function readProblem({ status, message }: RefusalFacts): GitHubProblem {
  const [detail = ''] = message.split(/\r?\n/, 1);
  return status === undefined ? { kind: 'no_answer', detail } : { kind: 'answer', status, detail };
}
