import type { Clock } from './clock.ts';

/** A pause of `ms`, or what is left of it before `until`, on the monotonic clock; in ms, never negative. */
export function pauseWithin(ms: number, until: number, clock: Pick<Clock, 'monotonic'>): number {
  return Math.max(0, Math.min(ms, until - clock.monotonic()));
}
