import { type HeldLock, heldLock } from '../backend/lock/held-lock.ts';
import type { OurLock } from '../backend/lock/lock-store.ts';
import { markFreed } from '../backend/lock/mark-freed.ts';
import { stateLock } from '../backend/lock/state-lock.ts';
import { serializeLockInfo } from '../backend/records/lock-info.ts';
import type { Backend } from '../backend/settings.ts';
import { StateError } from '../backend/state-error.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { newLock } from '../job-state/new-lock.ts';
import type { Job } from '../runner/job.ts';
import { allowCleanup } from './connect-backend.ts';
import { type ConsiderHolder, giveBackStepLock, type LockOfStep, takeStepLock } from './step-lock.ts';

/** The purpose of a lock that a step takes and frees itself. */
export interface StepLock {
  readonly job: Job;
  /** The operation that Terraform shows to whoever waits. */
  readonly operation: string;
  /** How long to wait for its holder, in ms. */
  readonly lockTimeoutMs: number;
  /** Decides about a holder that froze nothing. Undefined: the step waits for each. */
  readonly consider?: ConsiderHolder | undefined;
}

/** The dependencies that work under a lock of the step needs. */
export type LockedWorkDependencies = Pick<
  Dependencies,
  'runner' | 'clock' | 'signal' | 'cleanupSignal' | 'random' | 'machine'
>;

/**
 * Does work under the state's lock and frees the lock afterwards, whether or not the work succeeds. Without a table and
 * a lock file there is no lock, and `held` is undefined. Nothing renews the lock, so the work must be short. Errors:
 * LockedError; StateErrors `frozen`, `release_failed` and `release_unsure`; AwsError; those of the work, as an
 * AggregateError if there are several.
 */
export async function underLock<Result>(
  deps: LockedWorkDependencies,
  backend: Backend,
  purpose: StepLock,
  work: (held: HeldLock | undefined) => Promise<Result>,
): Promise<Result> {
  const stores = stateLock(backend);
  if (stores === undefined) return await work(undefined);
  const lock = makeLock(deps, backend, purpose);
  const ours = { backend, stores, lock };
  const { lockTimeoutMs: timeoutMs, consider } = purpose;
  const reason = timeoutMs === 0 ? 'lock_held' : 'lock_timeout';
  let isHeld = false;
  try {
    await takeStepLock(deps, ours, { timeoutMs, reason, waitsForFreezes: true, consider });
    isHeld = true;
    const result = await work(heldLock(backend, lock));
    await release(deps, ours, isHeld);
    isHeld = false;
    return result;
  } catch (error) {
    if (isReleaseError(error)) throw error;
    throw await freeAfter(error, () => release(deps, ours, isHeld));
  }
}

function makeLock(
  { machine, clock }: Pick<Dependencies, 'clock' | 'machine'>,
  backend: Backend,
  purpose: StepLock,
): OurLock {
  const lockPurpose = { operation: purpose.operation, isForJob: false };
  const info = newLock(backend.address, purpose.job, machine, clock.now(), lockPurpose);
  return { id: info.id, info: serializeLockInfo(info), heartbeatMs: undefined };
}

async function release(
  deps: Pick<Dependencies, 'runner' | 'signal' | 'cleanupSignal'>,
  ours: LockOfStep,
  isHeld: boolean,
): Promise<void> {
  const { stores } = ours;
  if (!isHeld && !stores.mayBeOurs() && !stores.queue.mayBeIn()) return;
  allowCleanup(deps, ours.backend, 'release');
  const { runner, signal } = deps;
  await giveBackStepLock(runner, ours, isHeld, () => (signal.aborted ? signal.reason : undefined));
}

function isReleaseError(error: unknown): boolean {
  return error instanceof StateError && error.details.reason === 'release_failed';
}

/** The error to throw, which also names a lock that stays. */
async function freeAfter(error: unknown, free: () => Promise<void>): Promise<unknown> {
  try {
    await free();
    return markFreed(error);
  } catch (releaseError) {
    return new AggregateError([error, releaseError]);
  }
}
