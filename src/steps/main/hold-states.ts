import type { Action } from '../../action/run-action.ts';
import { compareLockPaths } from '../../backend/address.ts';
import { dependenciesForState, saveStateNames } from '../../job-state/several-states.ts';
import { explain } from '../../messages/explain.ts';
import type { RunPages } from '../../messages/run-page.ts';
import type { Job } from '../../runner/job.ts';
import { handOver, handOverLock, pulledFacts } from './hand-over.ts';
import type { HoldOutputs } from './hold-outputs.ts';
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
  throwIfRefused,
} from './holding.ts';
import { checkGatesAndPlan } from './plan-for-job.ts';
import type { JobState } from './pull-for-job.ts';
import { readStatesInputs, type StatesInputs } from './read-states.ts';
import {
  describeHoldFailure,
  describeStatesEnd,
  longestWait,
  type NamedState,
  toSuccessCode,
} from './report-result.ts';
import { rollBack, undoAttempt } from './roll-back.ts';
import { startCheckpointer } from './start-checkpointer.ts';
import type { LockDependencies } from './take-lock.ts';

/** Holds several states, all or none. */
export function createHoldStatesAction(
  others: OtherSteps,
  pages: RunPages,
): Action<LockDependencies, StatesInputs, readonly NamedState[]> {
  const progress: Progress = { broken: [], waitedMs: undefined };
  return {
    secretInputs: ['github_token'],
    readInputs: readStatesInputs,
    work: (deps, inputs, job) => holdStates(deps, others, inputs, job, progress),
    describeEnd: (states) => describeStatesEnd(states, pages),
    describeFailure: (error) => describeHoldFailure(error, progress, pages),
  };
}

/** One of the states, and its progress so far. */
interface NamedHolding extends Holding {
  readonly name: string;
  pulled?: JobState;
  outputs?: Partial<HoldOutputs>;
}

async function holdStates(
  deps: LockDependencies,
  others: OtherSteps,
  { states }: StatesInputs,
  job: Job,
  progress: Progress,
): Promise<NamedState[]> {
  saveStateNames(
    deps.runner,
    states.map(({ name }) => name),
  );
  const holdings: NamedHolding[] = [];
  try {
    for (const [i, { name, inputs }] of states.entries()) {
      const holding = await openHolding(dependenciesForState(deps, i, name), job, inputs);
      holdings.push({ ...holding, name });
    }
    await takeAll(deps, holdings);
    return holdings.map(toNamedState);
  } catch (error) {
    throw await rollBackAll(deps, others, holdings, error);
  } finally {
    progress.broken = holdings.flatMap(({ attempt }) => attempt.broken);
    progress.waitedMs = longestWait(holdings.map(({ attempt }) => attempt.times));
    await Promise.all(holdings.map(closeHolding));
  }
}

/**
 * First takes all locks, then pulls all states, then hands all over. A failure before that leaves nothing for the job
 * to work on.
 */
async function takeAll(deps: LockDependencies, holdings: readonly NamedHolding[]): Promise<void> {
  const { runner } = deps;
  await runner.group('Lock the states', async () => {
    await forAll(deps, holdings, ({ backend }) => backend.aws.signIn());
    await lockAll(deps, holdings);
  });
  await runner.group('Pull the states', () => forAll(deps, holdings, pull));
  for (const holding of holdings) await orFailed(holding, () => giveToJob(holding));
  await Promise.all(
    holdings.map(({ deps: own, attempt, pulled }) =>
      startCheckpointer(own, attempt, pulled && pulledFacts(pulled)),
    ),
  );
}

/** One after another in the order that all steps share, which keeps two of them from waiting for each other. */
async function lockAll({ clock }: LockDependencies, holdings: readonly NamedHolding[]): Promise<void> {
  const startedAt = clock.monotonic();
  const inOrder = holdings.toSorted((one, other) =>
    compareLockPaths(one.backend.address, other.backend.address),
  );
  for (const holding of inOrder) {
    const waitedBeforeMs = clock.monotonic() - startedAt;
    const wait = { ...holding.inputs, waitedBeforeMs };
    await orFailed(holding, async () => {
      await lockState(holding, wait);
      // Refused keys must not wait for the next state's lock.
      await throwIfRefused(holding.deps, holding.attempt);
    });
  }
}

async function pull(holding: NamedHolding): Promise<void> {
  const { deps, backend, attempt, inputs } = holding;
  const { session } = attempt;
  if (!session.pull) return await checkLockedState(holding);
  const pulled = await pullState(holding);
  await checkGatesAndPlan(deps, backend, session, { ...inputs, changes: undefined }, pulled);
  holding.pulled = pulled;
}

async function giveToJob(holding: NamedHolding): Promise<void> {
  const { deps, backend, attempt, pulled } = holding;
  holding.outputs =
    pulled === undefined ? handOverLock(deps, attempt) : await handOver(deps, backend, attempt, pulled);
}

function toNamedState({ name, attempt, backend, pulled, outputs = {} }: NamedHolding): NamedState {
  const { session, times, broken } = attempt;
  return {
    name,
    outputs,
    address: backend.address,
    code: toSuccessCode(session),
    lockId: session.lock?.id,
    times,
    broken,
    fingerprint: pulled?.fingerprint,
  };
}

/** Which of the states failed, and why. */
class StatesFailed extends Error {
  override readonly name = 'StatesFailed';
  readonly failures: readonly StateFailure[];

  constructor(failures: readonly StateFailure[]) {
    super(failures.map(({ holding }) => holding.name).join(', '));
    this.failures = failures;
  }
}

interface StateFailure {
  readonly holding: NamedHolding;
  readonly error: unknown;
}

async function orFailed(holding: NamedHolding, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new StatesFailed([{ holding, error }]);
  }
}

/** In parallel. All have ended before the errors are thrown. */
async function forAll(
  { signal }: LockDependencies,
  holdings: readonly NamedHolding[],
  work: (holding: NamedHolding) => Promise<void>,
): Promise<void> {
  const ends = await Promise.allSettled(holdings.map(work));
  signal.throwIfAborted();
  const failures = holdings.flatMap((holding, i): StateFailure[] => {
    const end = ends[i];
    return end?.status === 'rejected' ? [{ holding, error: end.reason }] : [];
  });
  if (failures.length > 0) throw new StatesFailed(failures);
}

/** Rolls back every state in parallel, even if others fail. Returns the error to throw, which names what stays. */
async function rollBackAll(
  { clock }: LockDependencies,
  others: OtherSteps,
  holdings: readonly NamedHolding[],
  error: unknown,
): Promise<unknown> {
  const failures = error instanceof StatesFailed ? error.failures : [];
  const ends = await Promise.all(
    holdings.map(async (holding) => {
      const { deps, backend, attempt } = holding;
      const own = failures.find((failure) => failure.holding === holding);
      if (own === undefined) return { holding, errors: await undoAttempt(deps, backend, attempt) };
      return { holding, errors: [await rollBack(deps, backend, attempt, own.error)] };
    }),
  );
  const [first] = failures;
  if (first === undefined) {
    return joinErrors([error, ...ends.flatMap(({ errors }) => errors)], clock.now());
  }
  const why = ends.filter(({ holding }) => holding === first.holding);
  const besides = ends.filter(({ holding }) => holding !== first.holding);
  const errors = [...why, ...besides].flatMap((end) => end.errors);
  return await explainRefusal(others, first.holding, joinErrors(errors, clock.now()));
}

/** An error that several states share, such as invalid credentials, is reported once. */
function joinErrors(errors: readonly unknown[], now: number): unknown {
  const distinct = new Map(errors.map((error) => [explain(error, now), error]));
  const [first, ...others] = distinct.values();
  return others.length === 0 ? first : new AggregateError([first, ...others], 'several states failed');
}
