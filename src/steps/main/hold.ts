import { type Action, runAction } from '../../action/run-action.ts';
import type { RunPages } from '../../messages/run-page.ts';
import { createInputReader } from '../../runner/inputs.ts';
import { type Job, readJob } from '../../runner/job.ts';
import { handOver, handOverLock, pulledFacts } from './hand-over.ts';
import { createHoldStatesAction } from './hold-states.ts';
import {
  checkLockedState,
  closeHolding,
  explainRefusal,
  type Holding,
  lockState,
  type OtherSteps,
  openHolding,
  type Progress,
  pullState,
} from './holding.ts';
import { type JobInputs, readJobInputs } from './job-inputs.ts';
import { checkGatesAndPlan, handOverPlan } from './plan-for-job.ts';
import { describeEnd, describeHoldFailure, type HeldState, toSuccessCode } from './report-result.ts';
import { rollBack } from './roll-back.ts';
import { startCheckpointer } from './start-checkpointer.ts';
import type { LockDependencies } from './take-lock.ts';

/**
 * The main step: takes Terraform's lock, pulls the state into a private file and hands it to the job; for several
 * states (`states`), all or none. Any failure on the way releases the lock. Errors are thrown, for the entry to
 * explain.
 */
export function hold(deps: LockDependencies, others: OtherSteps): Promise<void> {
  const { serverUrl: githubServer } = readJob(deps.env);
  const pages = { githubServer };
  return createInputReader(deps.env).text('states') === undefined
    ? runAction(deps, createHoldAction(others, pages))
    : runAction(deps, createHoldStatesAction(others, pages));
}

function createHoldAction(
  others: OtherSteps,
  pages: RunPages,
): Action<LockDependencies, JobInputs, HeldState> {
  const progress: Progress = { broken: [], waitedMs: undefined };
  return {
    secretInputs: ['github_token'],
    readInputs: readJobInputs,
    work: (deps, inputs, job) => holdState(deps, others, inputs, job, progress),
    describeEnd: (held) => describeEnd(held, pages),
    describeFailure: (error) => describeHoldFailure(error, progress, pages),
  };
}

async function holdState(
  deps: LockDependencies,
  others: OtherSteps,
  inputs: JobInputs,
  job: Job,
  progress: Progress,
): Promise<HeldState> {
  const holding = await openHolding(deps, job, inputs);
  const { backend, attempt } = holding;
  try {
    return await take(holding, others);
  } catch (error) {
    const failure = await rollBack(deps, backend, attempt, error);
    throw await explainRefusal(others, holding, failure);
  } finally {
    progress.broken = attempt.broken;
    progress.waitedMs = attempt.times?.waitedMs;
    await closeHolding(holding);
  }
}

/** What the job asked for: a watch, only the lock, or the state with or without it. */
async function take(holding: Holding, others: OtherSteps): Promise<HeldState> {
  const { deps, backend, attempt, inputs } = holding;
  const { session } = attempt;
  const address = session.guardedStates === undefined ? backend.address : undefined;
  const nothing = { address, lockId: undefined, times: undefined, broken: [], fingerprint: undefined };
  if (session.mode === 'guard') {
    await others.startLockCleanup(deps, backend, session, inputs);
    return { ...nothing, code: 'watching' };
  }
  const lock = () => lockState(holding);
  await (session.mode === 'none' ? lock() : deps.runner.group('Lock the state', lock));
  const { broken, times } = attempt;
  const code = toSuccessCode(session);
  const locked = { ...nothing, lockId: session.lock?.id, times, broken, code };
  if (!session.pull) {
    await checkLockedState(holding);
    setOutputs(holding, handOverLock(deps, attempt));
    await startCheckpointer(deps, attempt, undefined);
    return locked;
  }
  const pulled = await deps.runner.group('Pull the state', () => pullState(holding));
  const request = { ...inputs, changes: inputs.planned };
  const plan = await checkGatesAndPlan(deps, backend, session, request, pulled);
  setOutputs(holding, await handOver(deps, backend, attempt, pulled));
  setOutputs(holding, await handOverPlan(deps, session, request, pulled, plan));
  await startCheckpointer(deps, attempt, pulledFacts(pulled));
  return { ...locked, fingerprint: pulled.fingerprint };
}

function setOutputs({ deps: { runner } }: Holding, outputs: object): void {
  for (const [name, value] of Object.entries(outputs)) runner.output(name, String(value));
}
