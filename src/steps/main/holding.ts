import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Aws } from '../../aws/aws.ts';
import { assumesRole, narrowsSession } from '../../aws/settings.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { limitYoungSpace } from '../../backend/objects/limit-young-space.ts';
import type { Use } from '../../backend/policy/uses.ts';
import type { Backend } from '../../backend/settings.ts';
import { connectBackend, openConnections } from '../../connection/connect-backend.ts';
import { chooseUse, type HoldInputs } from '../../inputs/hold-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { directoryOwner } from '../../job-state/preparation.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { noStateLine, pulledLine } from '../../messages/pull-text.ts';
import { stateUrl } from '../../messages/state-url.ts';
import { type Job, readJob } from '../../runner/job.ts';
import { claimStateDirectory } from '../../workspace-files/claim-state-directory.ts';
import { pulledPath } from '../../workspace-files/state-directory.ts';
import type { JobInputs } from './job-inputs.ts';
import { openSession } from './open-session.ts';
import { checkUnpulled, type JobState, pullForJob } from './pull-for-job.ts';
import { rescueLeftStates } from './rescue-left-states.ts';
import { type Attempt, type LockDependencies, takeLock, type WaitInputs } from './take-lock.ts';

/** Work that belongs to other steps. The entry passes it in, because steps don't import each other. */
export interface OtherSteps {
  /** What main does with `lock: guard`. */
  startLockCleanup(deps: Dependencies, backend: Backend, session: Session, inputs: HoldInputs): Promise<void>;
  /** What the doctor finds when main was refused: the error to throw. */
  explainAccess(deps: Dependencies, backend: Backend, use: Use, error: unknown): Promise<unknown>;
}

/** What remains of a failed main. */
export interface Progress {
  /** The stale locks that were taken over. */
  broken: readonly FoundLock[];
  /** How long the step waited for the locks that it got, in ms; undefined when it got none. */
  waitedMs: number | undefined;
}

/** A state on its way to the job. */
export interface Holding {
  readonly deps: LockDependencies;
  readonly inputs: JobInputs;
  readonly backend: Backend;
  readonly attempt: Attempt;
}

/** Saves what post will need, and connects. Changes nothing outside of this runner. Throws when the disk fails. */
export async function openHolding(deps: LockDependencies, job: Job, inputs: JobInputs): Promise<Holding> {
  // A plan may be large, and by the time that is known, the young space has grown.
  if (inputs.planToApply !== undefined) limitYoungSpace();
  const session = await openSession(deps, job, inputs);
  const backend = connectBackend(deps, inputs.backend);
  const { mode, lock } = session;
  const first = { isLockFirst: lock !== undefined, identity: provesCredentials(inputs) };
  if (mode !== 'guard') await openConnections(backend, first);
  const attempt: Attempt = {
    session,
    lockStatus: 'none',
    times: undefined,
    stores: undefined,
    broken: [],
    commentEnded: Promise.resolve(),
    refusal: Promise.resolve(undefined),
  };
  return { deps, inputs, backend, attempt };
}

/** Always last. Throws nothing. */
export async function closeHolding({ backend, attempt }: Holding): Promise<void> {
  await attempt.commentEnded;
  backend.aws.destroy();
}

/** The error to throw once the holding is rolled back, with the doctor's findings if AWS refused something. */
export function explainRefusal(
  { explainAccess }: OtherSteps,
  { deps, backend, attempt: { session } }: Holding,
  error: unknown,
): Promise<unknown> {
  return explainAccess(deps, backend, chooseUse(session.mode, session.pull), error);
}

/**
 * Takes the lock and, in parallel, proves the credentials if no assumed role does. Invalid credentials end the wait, but
 * never a running write: its answer shows whether there is a lock to release. Once the lock is held, the proof may take
 * until the state is pulled (`throwIfRefused`). Without a lock, it ends here.
 */
export async function lockState(
  { deps, backend, attempt, inputs }: Holding,
  wait: WaitInputs = inputs,
): Promise<void> {
  const { aws } = backend;
  await aws.signIn();
  const refused = new AbortController();
  const waiting = AbortSignal.any([deps.signal, refused.signal]);
  const taken = takeLock({ ...deps, signal: waiting }, backend, attempt, wait);
  if (provesCredentials(inputs)) attempt.refusal = findRefusal(aws, refused);
  try {
    await taken;
  } catch (error) {
    await throwIfRefused(deps, attempt);
    throw error;
  }
  waiting.throwIfAborted();
  if (attempt.session.lock === undefined) await throwIfRefused(deps, attempt);
}

/** What STS says against the credentials; undefined when it accepts them. Also aborts `refused` with it. */
async function findRefusal(aws: Pick<Aws, 'verifyCredentials'>, refused: AbortController): Promise<unknown> {
  // The lock's request leaves first.
  await nextTurn();
  try {
    await aws.verifyCredentials();
    return undefined;
  } catch (error) {
    refused.abort(error);
    return error;
  }
}

/** Waits for the proof of the credentials. An interrupt counts more than what it caused. */
export async function throwIfRefused(
  { signal }: Pick<Dependencies, 'signal'>,
  { refusal }: Attempt,
): Promise<void> {
  const refused = await refusal;
  signal.throwIfAborted();
  if (refused !== undefined) throw refused;
}

/** Whether STS is asked who the caller is. It has just said so of an assumed role. */
function provesCredentials({ skipCredentialsValidation, backend }: JobInputs): boolean {
  return !skipCredentialsValidation && !assumesRole(backend.aws.credentials);
}

/** Pulls the state to a path that only we know so far. Errors: those of the credentials' proof and of `pullForJob`, and those of the disk. */
export async function pullState({ deps, backend, attempt }: Holding): Promise<JobState> {
  const { session } = attempt;
  const path = pulledPath(session.stateDirectory, session.privateDirectory);
  const cleared = clearTheWay(deps, backend, session).then(() => path);
  // Both have ended before an error of either is thrown, so neither keeps working during the roll-back.
  const [way, pull] = await Promise.allSettled([
    cleared,
    pullForJob(deps, backend, cleared, session.lock !== undefined),
  ]);
  await throwIfRefused(deps, attempt);
  if (way.status === 'rejected') throw way.reason;
  if (pull.status === 'rejected') throw pull.reason;
  const pulled = pull.value;
  const where = stateUrl(backend);
  if (pulled.state === undefined) {
    deps.runner.info(noStateLine(where));
    return pulled;
  }
  const { object, valid } = pulled.state;
  const { size, md5 } = object.facts;
  deps.runner.info(pulledLine(where, { serial: valid.header.serial, size, md5 }));
  return pulled;
}

/** Only under the lock may this job clear the shared directory. What a killed job left in it is kept first. */
async function clearTheWay(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  session: Session,
): Promise<void> {
  if (session.lock === undefined) return;
  const owner = directoryOwner(session, readJob(deps.env));
  const left = await claimStateDirectory(session.stateDirectory, owner);
  await rescueLeftStates(deps, backend, left, session.privateDirectory);
}

/** For a job with only the lock, checks that its own Terraform can read the state. Errors: those of the credentials' proof and of `checkUnpulled`. */
export async function checkLockedState({ deps, backend, attempt }: Holding): Promise<void> {
  const { session, broken } = attempt;
  await throwIfRefused(deps, attempt);
  const seesState = !narrowsSession(session.backend.aws.credentials);
  await checkUnpulled(deps, backend, join(session.privateDirectory, 'looked-at'), broken, seesState);
}
