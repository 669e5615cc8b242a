import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HoldingJob, lookUpRun, type RunAttempt, type RunStatus } from '../../src/github/run-status.ts';
import { endedJob, type FakeGitHub, type FakeJob, type FakeRun, startGitHub } from '../support/github-api.ts';

const ATTEMPT: RunAttempt = { owner: 'acme', repo: 'infra', runId: 123, attempt: 2, holder: undefined };
const MINUTE = 60_000;

describe("a run's status", () => {
  let github: FakeGitHub;
  beforeAll(async () => {
    github = await startGitHub();
  });
  afterAll(() => github.stop());

  async function ask(
    run?: FakeRun,
    signal = new AbortController().signal,
    holder?: HoldingJob,
  ): Promise<RunStatus> {
    github.runs.clear();
    github.requests.length = 0;
    if (run !== undefined) github.runs.set('acme/infra/runs/123/attempts/2', run);
    const access = { apiUrl: github.url, token: 'ghs_1', signal };
    return await lookUpRun({ ...ATTEMPT, holder }, access);
  }
  const ended = (agoMs: number) => endedJob(github.now, agoMs);

  it("is completed, with the last job's end and GitHub's own time", async () => {
    const jobs = [ended(9 * MINUTE), ended(3 * MINUTE), ended(7 * MINUTE)];
    expect(await ask({ status: 'completed', jobs })).toEqual({
      kind: 'completed',
      lastJobEnded: github.now - 3 * MINUTE,
      now: github.now,
    });
    expect(github.requests).toEqual([
      'GET /repos/acme/infra/actions/runs/123/attempts/2',
      'GET /repos/acme/infra/actions/runs/123/attempts/2/jobs?page=1&per_page=100',
    ]);
    expect([...github.authorizations]).toEqual(['token ghs_1']);
  });

  it('is requested below the API path of an Enterprise Server', async () => {
    await ask({ status: 'in_progress', jobs: [] });
    const access = { apiUrl: `${github.url}/api/v3`, token: 'ghs_1', signal: new AbortController().signal };
    expect(await lookUpRun(ATTEMPT, access)).toEqual({ kind: 'running' });
    expect(github.requests.at(-1)).toBe('GET /api/v3/repos/acme/infra/actions/runs/123/attempts/2');
  });

  it('covers all pages of jobs', async () => {
    const jobs = [...Array.from({ length: 204 }, () => ended(9 * MINUTE)), ended(MINUTE)];
    expect(await ask({ status: 'completed', jobs })).toMatchObject({
      lastJobEnded: github.now - MINUTE,
    });
    expect(github.requests).toHaveLength(4);
  });

  it('is unknown from a server without paging, which repeats the same jobs', async () => {
    const jobs = Array.from({ length: 205 }, () => ended(9 * MINUTE));
    expect(await ask({ status: 'completed', jobs, isWithoutPages: true })).toEqual({
      kind: 'unknown',
      problem: { kind: 'jobs_not_listed' },
    });
    expect(github.requests).toHaveLength(3);
  });

  it.each(['queued', 'in_progress', 'waiting', 'a status from the future'])(
    'is running when %s',
    async (status) => {
      expect(await ask({ status, jobs: [ended(MINUTE)] })).toEqual({ kind: 'running' });
      expect(await ask({ status: 'completed', jobs: [{ ...ended(MINUTE), status }] })).toEqual({
        kind: 'running',
      });
    },
  );

  it("has no end when no job ran, where a skipped job doesn't count", async () => {
    const skipped = { status: 'completed', conclusion: 'skipped', completed_at: null };
    for (const jobs of [[], [skipped]]) {
      const status = await ask({ status: 'completed', jobs });
      expect(status).toEqual({ kind: 'completed', lastJobEnded: undefined, now: github.now });
    }
    expect(await ask({ status: 'completed', jobs: [skipped, ended(MINUTE)] })).toMatchObject({
      lastJobEnded: github.now - MINUTE,
    });
  });

  it.each<[string, FakeRun | undefined, unknown]>([
    ['of no such run', undefined, { kind: 'no_such_run' }],
    [
      'of a run without access',
      failing(403, 'Resource not accessible'),
      { kind: 'refused', status: 403, detail: 'Resource not accessible' },
    ],
    [
      'while GitHub fails',
      failing(503, 'Unavailable'),
      { kind: 'refused', status: 503, detail: 'Unavailable' },
    ],
    [
      'while a proxy answers with its own page, whose beginning is shown',
      failing(502, '<html>'.repeat(100)),
      { kind: 'refused', status: 502, detail: expect.stringMatching(/^<html>.{1,200}\.\.\.$/) },
    ],
    ['of a job with an empty end', { status: 'completed', jobs: [job(null)] }, { kind: 'no_end_time' }],
    [
      'of a job with an invalid end',
      { status: 'completed', jobs: [job('someday')] },
      { kind: 'answer_not_understood' },
    ],
  ])('is unknown %s', async (_, run, problem) => {
    expect(await ask(run)).toEqual({ kind: 'unknown', problem });
  });

  describe('of a running attempt', () => {
    const inProgress: FakeJob = { status: 'in_progress', conclusion: null, completed_at: null };
    const on = (runner_name: string | null, job: FakeJob): FakeJob => ({ ...job, runner_name });
    const askForJobs = (jobs: FakeJob[], lockedAt = 0) =>
      ask({ status: 'in_progress', jobs }, undefined, { runner: 'r 1', lockedAt });

    it("is completed once the holder's own job is, by the name of its runner", async () => {
      const jobs = [on('r 1', ended(9 * MINUTE)), on('r 1', ended(4 * MINUTE)), on('r 2', inProgress)];
      const completed = { kind: 'completed', lastJobEnded: github.now - 4 * MINUTE, now: github.now };
      expect(await askForJobs([...jobs, on(null, ended(MINUTE))])).toEqual(completed);
      const givenUp = { status: 'completed', jobs };
      const holder = { runner: 'r 1', lockedAt: 0 };
      expect(await ask(givenUp, undefined, holder)).toEqual(completed);
    });

    it.each<[string, () => FakeJob[], number?]>([
      ['a job on that runner continues', () => [on('r 1', ended(MINUTE)), on('r 1', inProgress)]],
      ['no job is known to run on it', () => [on('r 2', ended(MINUTE)), on(null, inProgress)]],
      ['GitHub names no runners', () => [ended(MINUTE)]],
      ['the lock is younger than the end of its last job', () => [on('r 1', ended(0))], 4e12],
    ])('is running when %s', async (_, jobs, lockedAt) => {
      expect(await askForJobs(jobs(), lockedAt)).toEqual({ kind: 'running' });
    });

    it('is running for a minute when the lock is barely older than the end of its last job', async () => {
      const jobs = (agoMs: number) => [on('r 1', ended(agoMs))];
      expect(await askForJobs(jobs(59_000), github.now - MINUTE)).toEqual({ kind: 'running' });
      expect(await askForJobs(jobs(MINUTE), github.now - MINUTE)).toMatchObject({ kind: 'completed' });
      expect(await askForJobs(jobs(0), github.now - MINUTE)).toMatchObject({ kind: 'completed' });
    });
  });

  it('is unknown when there is no GitHub', async () => {
    const gone = await startGitHub();
    await gone.stop();
    const access = { apiUrl: gone.url, token: 'ghs_1', signal: new AbortController().signal };
    const status = await lookUpRun(ATTEMPT, access);
    expect(status).toMatchObject({ kind: 'unknown', problem: { kind: 'unreachable' } });
    expect(JSON.stringify(status)).not.toContain('500');
  });

  it('stops immediately when the signal aborts, with its reason', async () => {
    const reason = new Error('cancelled');
    await expect(ask({ status: 'completed', jobs: [] }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

function failing(status: number, message: string): FakeRun {
  return { status: 'completed', jobs: [], failure: { status, message } };
}

function job(completed_at: string | null) {
  return { status: 'completed', conclusion: 'success', completed_at };
}
