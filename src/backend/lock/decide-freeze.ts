import { isPastEnd, parseFreeze } from '../records/freeze.ts';
import type { FoundLock } from './lock-store.ts';
import type { WaitDecision } from './wait-for-lock.ts';

/** The clocks that a freeze is decided by: the store's, in ms since the epoch, and our own monotonic one. */
export interface FreezeTimes {
  readonly storeNow: number;
  readonly monotonicNow: number;
}

/**
 * What to do about a freeze that stands in the way: wait for its end, after which anybody may take it over as it was found.
 * Undefined: the lock is no freeze. Pure.
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
