import { decideFreeze } from '../backend/lock/freeze.ts';
import { type HeldLock, heldLock } from '../backend/lock/held-lock.ts';
import { serializeLockInfo } from '../backend/lock/lock-info.ts';
import type { OurLock } from '../backend/lock/lock-store.ts';
import { markFreed } from '../backend/lock/mark-freed.ts';
import { type StateLock, stateLock } from '../backend/lock/state-lock.ts';
import { throwIfFrozen } from '../backend/lock/throw-if-frozen.ts';
import { type WaitDecision, waitForLock } from '../backend/lock/wait-for-lock.ts';
import type { Backend } from '../backend/settings.ts';
import { StateError } from '../backend/state-error.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { newLock } from '../job-state/new-lock.ts';
import { LockedError } from '../messages/locked-error.ts';
import { waitingLine } from '../messages/locked-text.ts';
import { takeoverText } from '../messages/takeover-text.ts';
import type { Job } from '../runner/job.ts';
import { allowCleanup } from './connect-backend.ts';

/** What a lock is for that a step takes and frees itself. */
export interface StepLock {
  readonly job: Job;
  /** As Terraform shows it to whoever waits. */
  readonly operation: string;
  /** For how long its holder is waited for, in ms. */
  readonly lockTimeoutMs: number;
}

/**
 * Does a piece of work under the state's lock, which is free again afterwards, whatever comes of the work. Without a table and a lock
 * file there is no lock, and `held` is undefined. Nobody renews the lock, so the work is short. Errors: LockedError; StateErrors
 * `frozen`, `release_failed` and `release_unsure`; AwsError; those of the work, of several an AggregateError.
 */
export async function underLock<Result>(
  deps: Dependencies,
  backend: Backend,
  purpose: StepLock,
  work: (held: HeldLock | undefined) => Promise<Result>,
): Promise<Result> {
  const stores = stateLock(backend);
  if (stores === undefined) return await work(undefined);
  const lock = makeLock(deps, backend, purpose);
  let isHeld = false;
  try {
    await take(deps, backend, { stores, lock }, purpose);
    isHeld = true;
    const result = await work(heldLock(backend, lock));
    await release(deps, backend, { stores, lock, isHeld });
    isHeld = false;
    return result;
  } catch (error) {
    if (isReleaseError(error)) throw error;
    throw await freeAfter(error, () => release(deps, backend, { stores, lock, isHeld }));
  }
}

interface LockOfStep {
  readonly stores: StateLock;
  readonly lock: OurLock;
}

function makeLock({ machine, clock }: Dependencies, backend: Backend, purpose: StepLock): OurLock {
  const lockPurpose = { operation: purpose.operation, isForJob: false };
  const info = newLock(backend.address, purpose.job, machine, clock.now(), lockPurpose);
  return { id: info.id, info: serializeLockInfo(info), heartbeatMs: undefined };
}

async function take(
  { clock, signal, random, runner }: Dependencies,
  backend: Backend,
  { stores, lock }: LockOfStep,
  { lockTimeoutMs: timeoutMs }: StepLock,
): Promise<void> {
  const outcome = await waitForLock({
    tryAcquire: (past) => stores.acquire(lock, past),
    decide: (found): WaitDecision => {
      const times = { storeNow: backend.aws.storeNow(), monotonicNow: clock.monotonic() };
      return decideFreeze(found, times) ?? { kind: 'wait' };
    },
    timeoutMs,
    clock,
    signal,
    random,
    onWaiting: (holder, waitedMs) => {
      if (timeoutMs > 0) runner.info(waitingLine(holder, { waitedMs, timeoutMs }, backend, clock.now()));
    },
  });
  if (outcome.kind === 'held') {
    if (stores.broken.length > 0) runner.info(takeoverText(backend, stores.broken, clock.now()));
    return;
  }
  const { holder, waitedMs } = outcome;
  throwIfFrozen(backend, holder, waitedMs);
  const reason = timeoutMs === 0 ? 'lock_held' : 'lock_timeout';
  throw new LockedError({ reason, holder, waitedMs, finding: undefined }, backend);
}

async function release(
  deps: Dependencies,
  backend: Backend,
  { stores, lock, isHeld }: LockOfStep & { readonly isHeld: boolean },
): Promise<void> {
  if (!isHeld && !stores.mayBeOurs()) return;
  allowCleanup(deps, backend, 'release');
  const { info } = lock;
  await (isHeld ? stores.release(info) : stores.giveBack(info)).catch((cause: unknown) => {
    const reason = isHeld ? 'release_failed' : 'release_unsure';
    throw new StateError({ reason, info, cause }, backend);
  });
  // A write that an interrupt cut off may land after the look that finds nothing to free.
  const mayLandLater = deps.signal.aborted && !isHeld && stores.mayBeOurs();
  if (mayLandLater)
    throw new StateError({ reason: 'release_unsure', info, cause: deps.signal.reason }, backend);
}

function isReleaseError(error: unknown): boolean {
  return error instanceof StateError && error.details.reason === 'release_failed';
}

/** The error to throw, which names a lock that stays, too. */
async function freeAfter(error: unknown, free: () => Promise<void>): Promise<unknown> {
  try {
    await free();
    return markFreed(error);
  } catch (releaseError) {
    return new AggregateError([error, releaseError]);
  }
}
