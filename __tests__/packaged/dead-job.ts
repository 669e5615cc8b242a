import { onTestFinished } from 'vitest';
import { endedJob, type FakeGitHub, type FakeJob, type FakeRun, startGitHub } from '../support/github-api.ts';
import type { StageResult } from '../support/runner.ts';
import { type CheckpointedJob, killCheckpointer, readBeats, until } from './checkpointed-job.ts';
import { stateText } from './states.ts';
import { openTestbed, type Testbed, type TestbedJob, type TestbedOptions } from './support.ts';

/** The job that will lose its runner: `apply` of run 77, on the runner `doomed`. */
const DOOMED = { runId: '77', actor: 'mona', runnerName: 'doomed' };
export const RUN_OF_DOOMED = 'https://github.com/octo-org/infrastructure/actions/runs/77/attempts/1';
const KEY_OF_DOOMED = 'octo-org/infrastructure/runs/77/attempts/1';

/** A job that holds the state, and a GitHub that reports its run. */
export interface DoomedJob extends CheckpointedJob {
  readonly github: FakeGitHub;
  readonly lockId: string;
  /** Sets what GitHub reports from now on. */
  setRun(run: FakeRun): void;
  /** Another job at this testbed, with `stale_lock: break` unless it says more. */
  breaker(inputs?: Record<string, string>, runId?: string): Promise<TestbedJob>;
}

/** Starts one on `stateText()`, with a checkpointer that beats every second. */
export async function doomedJob(options: TestbedOptions = {}, inputs: Record<string, string> = {}) {
  const github = await startGitHub();
  onTestFinished(() => github.stop());
  const testbed = await openTestbed({ role: true, ...options });
  await testbed.seed(stateText());
  const api = { api_url: github.url };
  const job = await testbed.job({ ...DOOMED, github: api, with: { checkpoint_interval: '1s', ...inputs } });
  const main = await job.main();
  const [checkpointer = 0] = job.orphans();
  if (main.exitCode !== 0) throw new Error(main.log);
  // A heartbeat that never moved proves nothing when it stands still.
  if (checkpointer !== 0 && (await testbed.lock()) !== undefined)
    await until(async () => (await readBeats(testbed)) > 0);
  const setRun = (run: FakeRun): void => void github.runs.set(KEY_OF_DOOMED, run);
  setRun({ status: 'in_progress', jobs: [on(DOOMED.runnerName, RUNNING)] });
  const breaker: DoomedJob['breaker'] = (more = {}, runId = '78') =>
    testbed.job({ runId, github: api, with: { ...listLockStores(inputs), stale_lock: 'break', ...more } });
  const doomed: DoomedJob = {
    testbed,
    job,
    checkpointer,
    github,
    lockId: main.outputs.lock_id ?? '',
    setRun,
    breaker,
  };
  return doomed;
}

/** The runner is lost, and GitHub knows it. */
export async function loseRunner(doomed: DoomedJob, agoMs = 0): Promise<void> {
  if (doomed.checkpointer !== 0) await killCheckpointer(doomed);
  giveUp(doomed, agoMs);
}

/** GitHub gives up on the run; its runner may work on. */
export function giveUp({ github, setRun }: DoomedJob, agoMs = 0): void {
  setRun({ status: 'completed', jobs: [endedJob(github.now, agoMs)] });
}

export const RUNNING: FakeJob = { status: 'in_progress', conclusion: null, completed_at: null };
export const on = (runner_name: string, job: FakeJob): FakeJob => ({ ...job, runner_name });

/** What a step's `result` says. */
export function readResult({ outputs }: StageResult) {
  return JSON.parse(outputs.result ?? 'null');
}

/** The lock item's holder, by its id. */
export async function readHolderId(testbed: Testbed): Promise<string | undefined> {
  const info = await testbed.lock();
  return info === undefined ? undefined : JSON.parse(info).ID;
}

function listLockStores({ use_lockfile, dynamodb_table }: Record<string, string>): Record<string, string> {
  return {
    ...(use_lockfile === undefined ? {} : { use_lockfile }),
    ...(dynamodb_table === undefined ? {} : { dynamodb_table }),
  };
}
