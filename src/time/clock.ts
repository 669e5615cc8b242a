import { setTimeout as delay } from 'node:timers/promises';

/** The source of all times. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that never go backwards, whatever happens to the clock. */
  monotonic(): number;
  /** Rejects with `signal.reason` when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The real clock. An abort ends its sleep at once. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Node has it from the start. For `performance`, it would first compile ten modules of its own.
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  async sleep(ms, signal) {
    signal.throwIfAborted();
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
