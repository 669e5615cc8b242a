import { AwsError } from '../../aws/errors.ts';
import { withEarlierAct } from '../../aws/in-doubt.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import type { OurLock } from './lock-store.ts';
import { stateLock } from './state-lock.ts';

/** Our lock while something is written under it. */
export interface HeldLock {
  readonly id: string;
  /** Aborts once any answer said that the lock is not ours any more. The reason is the StateError `lock_lost`. */
  readonly lost: AbortSignal;
  /** Looks at every store. Errors: StateError `lock_lost`, without a look once that is known; AwsError of the look. */
  verify(): Promise<void>;
  /** For whoever hears that the lock is not ours, as a heartbeat does: what is written under it is abandoned. */
  markLost(holder: LockHolder | undefined): void;
}

/** Watches over a lock that we took. */
export function heldLock(backend: Backend, { id, info }: OurLock): HeldLock {
  const lost = new AbortController();
  const markLost = (holder: LockHolder | undefined): void => {
    lost.abort(new StateError({ reason: 'lock_lost', holder }, backend));
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

/** Whether an error says that the lock was not ours any more. Pure. */
export function isLockLost(error: unknown): error is StateError {
  return error instanceof StateError && error.details.reason === 'lock_lost';
}

/**
 * The attempts of one write under the lock: each but the first looks at the lock again, since a retry may come seconds
 * later, and an attempt that is under way ends when the lock is found to be lost. Without a lock, just the attempts.
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

/** The look failed, and the attempts before it may have done the write. */
function asRetry(error: unknown): never {
  if (!(error instanceof AwsError)) throw error;
  throw withEarlierAct(error);
}
