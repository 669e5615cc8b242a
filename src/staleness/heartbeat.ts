import type { FoundLock } from '../backend/lock/lock-store.ts';

// One beat may be late and another lost.
const INTERVALS = 3;

/** Whether this is the same lock without a beat in between. Pure. */
export function isSameBeat(one: FoundLock, other: FoundLock): boolean {
  if (one.store !== other.store || one.holder.raw !== other.holder.raw) return false;
  return one.heartbeat?.beats === other.heartbeat?.beats;
}

/**
 * How long the full watch of a lock takes, in ms; undefined for a lock without a heartbeat, for which no watch proves
 * anything.
 */
export function watchMs({ heartbeat }: FoundLock): number | undefined {
  return heartbeat === undefined ? undefined : INTERVALS * heartbeat.intervalMs;
}

/**
 * How long ago its holder's run must have ended, in ms. A heartbeat that stands still is better proof than the time
 * since GitHub gave up on the runner, but only if it has beaten before: a checkpointer that never started says nothing.
 */
export function endedForMs(lock: FoundLock | undefined, staleAfterMs: number): number {
  return (lock?.heartbeat?.beats ?? 0) > 0 ? 0 : staleAfterMs;
}
