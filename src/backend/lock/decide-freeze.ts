import { isPastEnd, parseFreeze } from '../records/freeze.ts';
import type { FoundLock } from './lock-store.ts';
import type { WaitDecision } from './wait-for-lock.ts';

/** The clocks that decide about a freeze: the store's, in ms since the epoch, and our own monotonic one. */
export interface FreezeTimes {
  readonly storeNow: number;
  readonly monotonicNow: number;
}

/**
 * What to do about a freeze that holds the lock: wait for its end. After that, anybody may take it over as it was
 * found. Undefined when the lock is not a freeze. Pure.
 */
export function decideFreeze(
  { holder }: FoundLock,
  { storeNow, monotonicNow }: FreezeTimes,
): WaitDecision | undefined {
  const freeze = parseFreeze(holder);
  if (freeze === undefined) return undefined;
  if (isPastEnd(freeze, storeNow)) return { kind: 'stale' };
  return { kind: 'frozen', until: monotonicNow + (freeze.until - storeNow) };
}
