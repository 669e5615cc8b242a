import * as v from 'valibot';

/** One attempt of one workflow run. */
export interface RunAttempt {
  readonly owner: string;
  readonly repo: string;
  readonly runId: number;
  readonly attempt: number;
}

/** What GitHub says of an attempt; both times are its own, in ms since the epoch. */
export type RunStatus =
  | {
      readonly kind: 'completed';
      /** The end of the last job; undefined when no job ever ran. */
      readonly lastJobEnded: number | undefined;
      /** GitHub's clock at the answer. */
      readonly now: number;
    }
  | { readonly kind: 'running' }
  /** Nothing is known: there is no such run, the token can't see it, or GitHub gave no good answer. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface GitHubAccess {
  /** `GITHUB_API_URL`, GitHub Enterprise Server's too. */
  readonly apiUrl: string;
  /** Needs `actions: read`. */
  readonly token: string;
  readonly signal: AbortSignal;
}

/** Asks GitHub for the status of a run's attempt. Throws only when the signal ends it: whatever else goes wrong is `unknown`. */
export type LookUpRun = (attempt: RunAttempt, access: GitHubAccess) => Promise<RunStatus>;

const TIME_FOR_AN_ANSWER_MS = 20_000;
const PAGE = 100;

const Run = v.object({ status: v.nullable(v.string()) });
const Job = v.object({
  status: v.string(),
  conclusion: v.nullable(v.string()),
  completed_at: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
});
const JobsPage = v.object({ total_count: v.number(), jobs: v.array(Job) });
const HttpError = v.object({ status: v.number(), message: v.string() });

type Job = v.InferOutput<typeof Job>;
type Get = (route: string, page?: number) => Promise<{ data: unknown; date: number }>;

/** The real one, by way of @actions/github. */
export const lookUpRun: LookUpRun = async (attempt, access) => {
  try {
    return await askGitHub(await connect(attempt, access));
  } catch (error) {
    access.signal.throwIfAborted();
    return { kind: 'unknown', why: whyUnknown(error) };
  }
};

async function connect(attempt: RunAttempt, { apiUrl, token, signal }: GitHubAccess): Promise<Get> {
  // Eager: part of the one bundle; and yet evaluated here, so that it costs nobody's start but ours.
  const { getOctokit } = await import(/* webpackMode: "eager" */ '@actions/github');
  const { request } = getOctokit(token, { baseUrl: apiUrl });
  const { owner, repo, runId, attempt: number } = attempt;
  return async (route, page) => {
    const timely = AbortSignal.any([signal, AbortSignal.timeout(TIME_FOR_AN_ANSWER_MS)]);
    const answer = await request(`GET /repos/{owner}/{repo}/actions/runs/{runId}/attempts/{number}${route}`, {
      ...{ owner, repo, runId, number, request: { signal: timely } },
      ...(page === undefined ? {} : { page, per_page: PAGE }),
    });
    return { data: answer.data, date: Date.parse(answer.headers.date ?? '') };
  };
}

async function askGitHub(get: Get): Promise<RunStatus> {
  const run = await get('');
  if (v.parse(Run, run.data).status !== 'completed') return { kind: 'running' };
  const jobs: Job[] = [];
  let now = run.date;
  for (let page = 1; ; page += 1) {
    const { data, date } = await get('/jobs', page);
    const found = v.parse(JobsPage, data);
    jobs.push(...found.jobs);
    now = date;
    if (jobs.length >= found.total_count) break;
    if (found.jobs.length === 0) return { kind: 'unknown', why: 'GitHub does not list all jobs of its run' };
  }
  return statusOf(jobs, now);
}

function statusOf(jobs: readonly Job[], now: number): RunStatus {
  if (jobs.some(({ status }) => status !== 'completed')) return { kind: 'running' };
  // A skipped job never ran, and need not have an end.
  const ran = jobs.filter(
    ({ conclusion, completed_at }) => conclusion !== 'skipped' || completed_at !== null,
  );
  const ends = ran.map(({ completed_at }) => Date.parse(completed_at ?? ''));
  if (Number.isNaN(now) || ends.some(Number.isNaN)) {
    return { kind: 'unknown', why: 'GitHub gives no time for the end of its run' };
  }
  return { kind: 'completed', lastJobEnded: ends.length === 0 ? undefined : Math.max(...ends), now };
}

function whyUnknown(error: unknown): string {
  if (v.isValiError(error)) return 'GitHub gave an answer about its run that can not be understood';
  const answer = v.safeParse(HttpError, error);
  if (!answer.success) return `GitHub could not be asked about its run (${String(error)})`;
  const { status, message } = answer.output;
  if (status === 404) return 'GitHub knows no such run, or github_token may not see it (404)';
  return `GitHub does not tell about its run (${status}: ${message})`;
}
