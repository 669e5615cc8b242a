import { AwsError } from '../../aws/errors.ts';
import { mayHaveWritten, withEarlierAct } from '../../aws/in-doubt.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { Backend } from '../settings.ts';
import { type DetailsOf, type LostWrite, StateError } from '../state-error.ts';
import type { OurLock } from './lock-store.ts';
import { stateLock } from './state-lock.ts';

/** Our lock while something is written under it. */
export interface HeldLock {
  readonly id: string;
  /** Aborts as soon as an answer shows that the lock is no longer ours. The reason is the StateError `lock_lost`. */
  readonly lost: AbortSignal;
  /**
   * Checks every store. Errors: StateError `lock_lost`, without a check once the loss is known; AwsError of the check.
   */
  verify(): Promise<void>;
  /**
   * For callers that learn that the lock is not ours, such as a heartbeat. Writes under the lock are then abandoned.
   */
  markLost(holder: LockHolder | undefined): void;
}

/** Watches over a lock that this process took. */
export function heldLock(backend: Backend, { id, info }: OurLock): HeldLock {
  const lost = new AbortController();
  const markLost = (holder: LockHolder | undefined): void => {
    lost.abort(new StateError({ reason: 'lock_lost', holder, write: 'not_sent' }, backend));
  };
  return {
    id,
    lost: lost.signal,
    markLost,
    verify: async () => {
      lost.signal.throwIfAborted();
      const instead = await stateLock(backend)?.findOtherHolder(info);
      if (instead !== undefined) markLost(instead.holder);
      lost.signal.throwIfAborted();
    },
  };
}

/** The loss of the lock, with what became of a write. */
type LockLost = StateError & { readonly details: DetailsOf<'lock_lost'> };

/** Whether an error says that the lock was no longer ours. Pure. */
export function isLockLost(error: unknown): error is LockLost {
  return error instanceof StateError && error.details.reason === 'lock_lost';
}

/** The same loss, with what became of a write. Any other error stays as it is. Pure. */
export function withLostWrite(error: unknown, write: LostWrite): unknown {
  if (!isLockLost(error)) return error;
  return new StateError({ ...error.details, write }, error.scope);
}

/** What a loss says about the write; undefined for every other error. Pure. */
export function findLostWrite(error: unknown): LostWrite | undefined {
  return isLockLost(error) ? error.details.write : undefined;
}

/** The error of a write under the lock that failed with `error`: the loss of the lock, if that ended it. Pure. */
export function orLockLost(held: HeldLock | undefined, error: unknown): unknown {
  if (held === undefined || !held.lost.aborted) return error;
  return withLostWrite(held.lost.reason, mayBeStored(error) ? 'in_doubt' : 'not_sent');
}

/** An attempt that was not sent because the lock was lost says nothing about the attempts before it. */
function mayBeStored(error: unknown): boolean {
  if (!(error instanceof AwsError) || !isLockLost(error.cause)) return mayHaveWritten(error);
  return error.failure.mayHaveActedEarlier === true;
}

/**
 * The attempts of one write under the lock. Every attempt but the first checks the lock again, because a retry may come
 * seconds later. A running attempt ends when the lock is found to be lost. Without a lock, these are plain attempts.
 */
export function underLock<T>(
  held: HeldLock | undefined,
  send: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  if (held === undefined) return send;
  let isRetry = false;
  return async (signal) => {
    if (isRetry) await held.verify().catch(asRetry);
    isRetry = true;
    held.lost.throwIfAborted();
    return await send(AbortSignal.any([signal, held.lost]));
  };
}

/** The check failed, and an earlier attempt may have done the write. */
function asRetry(error: unknown): never {
  if (!(error instanceof AwsError)) throw error;
  throw withEarlierAct(error);
}
