import * as v from 'valibot';
import {
  createGitHubClient,
  type GitHubAccess,
  type GitHubAnswer,
  GitHubRefusal,
  readMessage,
} from './client.ts';
import { ROUTES, type Route } from './routes.ts';

/** One attempt of one workflow run. */
export interface RunAttempt {
  readonly owner: string;
  readonly repo: string;
  readonly runId: number;
  readonly attempt: number;
  /** The job in question; undefined for all jobs. */
  readonly holder: HoldingJob | undefined;
}

/** Identifies the job that took a lock among those of its attempt. */
export interface HoldingJob {
  /** Name of its runner. */
  readonly runner: string;
  /** When it took the lock, in ms since the epoch, by its own clock. */
  readonly lockedAt: number;
}

/** What GitHub says about an attempt. Both times are its own, in ms since the epoch. */
export type RunStatus =
  /** The whole attempt has ended or, while it is in progress, the job in question. */
  | {
      readonly kind: 'completed';
      /** The end of the last of these jobs; undefined when no job ever ran. */
      readonly lastJobEnded: number | undefined;
      /** GitHub's clock at the answer. */
      readonly now: number;
    }
  | { readonly kind: 'running' }
  /** Nothing is known: there is no such run, the token can't see it, or GitHub gave no usable answer. */
  | { readonly kind: 'unknown'; readonly problem: RunProblem };

/** Why nothing is known about a run. `detail` is other people's text. */
export type RunProblem =
  /** Or the token may not see it. */
  | { readonly kind: 'no_such_run' }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'answer_not_understood' }
  | { readonly kind: 'jobs_not_listed' }
  | { readonly kind: 'no_end_time' };

/**
 * Asks GitHub for the status of a run's attempt; the token needs `actions: read`. Throws only when the signal ends it:
 * every other problem is `unknown`.
 */
export type LookUpRun = (attempt: RunAttempt, access: GitHubAccess) => Promise<RunStatus>;

const PAGE = 100;
const LONGEST_MESSAGE = 200;
const A_MINUTE_MS = 60_000;
const RUNNING: RunStatus = { kind: 'running' };

const Run = v.object({ status: v.nullable(v.string()) });
const Job = v.object({
  id: v.number(),
  status: v.string(),
  conclusion: v.nullable(v.string()),
  runner_name: v.optional(v.nullable(v.string())),
  completed_at: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
});
const JobsPage = v.object({ total_count: v.number(), jobs: v.array(Job) });

type Job = v.InferOutput<typeof Job>;
type Get = (route: Route, page?: number) => Promise<GitHubAnswer>;

/** The real one. Asks once, because callers that wait for a run repeat the question at their own intervals. */
export const lookUpRun: LookUpRun = (attempt, access) => lookUp(attempt, access, (get) => get);

/**
 * The same for many holders. It asks GitHub only once about each attempt, because several jobs of one may hold locks.
 * An older answer proves less, but never more.
 */
export function lookUpEachRunOnce(): LookUpRun {
  const answers = new Map<string, Promise<GitHubAnswer>>();
  return (attempt, access) =>
    lookUp(attempt, access, (get) => (route, page) => {
      const { owner, repo, runId, attempt: number } = attempt;
      const id = JSON.stringify([owner, repo, runId, number, route, page]);
      const answer = answers.get(id) ?? get(route, page);
      answers.set(id, answer);
      return answer;
    });
}

async function lookUp(
  attempt: RunAttempt,
  access: GitHubAccess,
  through: (get: Get) => Get,
): Promise<RunStatus> {
  try {
    return await askGitHub(through(await connect(attempt, access)), attempt.holder);
  } catch (error) {
    access.signal.throwIfAborted();
    return { kind: 'unknown', problem: parseProblem(error) };
  }
}

async function connect(attempt: RunAttempt, access: GitHubAccess): Promise<Get> {
  const client = await createGitHubClient(access);
  const { owner, repo, runId, attempt: number } = attempt;
  return (route, page) =>
    client.request(route, {
      owner,
      repo,
      runId,
      number,
      ...(page === undefined ? {} : { page, per_page: PAGE }),
    });
}

async function askGitHub(get: Get, holder: HoldingJob | undefined): Promise<RunStatus> {
  const run = await get(ROUTES.getRunAttempt);
  const isOver = v.parse(Run, run.data).status === 'completed';
  if (!isOver && holder === undefined) return { kind: 'running' };
  const byId = new Map<number, Job>();
  let now = run.date;
  for (let page = 1; ; page += 1) {
    const { data, date } = await get(ROUTES.listJobsOfAttempt, page);
    const found = v.parse(JobsPage, data);
    const known = byId.size;
    for (const job of found.jobs) byId.set(job.id, job);
    now = date;
    if (byId.size >= found.total_count) break;
    // Either there are no more pages or the server has none. In the second case, a running job may be missing from the
    // list.
    if (byId.size === known) return unknown('jobs_not_listed');
  }
  const jobs = [...byId.values()];
  const whole = isOver ? parseStatus(jobs, now) : RUNNING;
  return whole.kind === 'running' && holder !== undefined ? statusOfHolder(jobs, holder, now) : whole;
}

/**
 * While the attempt is in progress: whether all jobs that ran on the holder's runner have ended. A runner that takes
 * several jobs of one attempt may have started the next one before GitHub says so. A lock younger than the end
 * therefore does not belong to an ended job. Neither does, for a minute, one that is barely older, because two clocks
 * are compared.
 */
function statusOfHolder(jobs: readonly Job[], { runner, lockedAt }: HoldingJob, now: number): RunStatus {
  const there = jobs.filter(({ runner_name }) => runner_name === runner);
  if (there.length === 0) return RUNNING;
  const status = parseStatus(there, now);
  if (status.kind !== 'completed') return status;
  const { lastJobEnded = 0 } = status;
  const margin = now - lastJobEnded < A_MINUTE_MS ? A_MINUTE_MS : 0;
  return lockedAt + margin > lastJobEnded ? RUNNING : status;
}

function parseStatus(jobs: readonly Job[], now: number): RunStatus {
  if (jobs.some(({ status }) => status !== 'completed')) return RUNNING;
  // A skipped job never ran, and may have no end.
  const ran = jobs.filter(
    ({ conclusion, completed_at }) => conclusion !== 'skipped' || completed_at !== null,
  );
  const ends = ran.map(({ completed_at }) => Date.parse(completed_at ?? ''));
  if (Number.isNaN(now) || ends.some(Number.isNaN)) {
    return unknown('no_end_time');
  }
  return { kind: 'completed', lastJobEnded: ends.length === 0 ? undefined : Math.max(...ends), now };
}

function unknown(kind: 'jobs_not_listed' | 'no_end_time'): RunStatus {
  return { kind: 'unknown', problem: { kind } };
}

function parseProblem(error: unknown): RunProblem {
  if (v.isValiError(error)) return { kind: 'answer_not_understood' };
  if (!(error instanceof GitHubRefusal) || error.status === undefined) {
    return { kind: 'unreachable', detail: readMessage(error) };
  }
  const { status, message } = error;
  return status === 404 ? { kind: 'no_such_run' } : { kind: 'refused', status, detail: shorten(message) };
}

/** The client turns a proxy's error page into a message of any length. */
function shorten(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message;
}
