import { setTimeout as delay } from 'node:timers/promises';

/** The real clock: epoch and monotonic milliseconds, and a sleep that an abort ends at once. */
export const systemClock = {
  now: (): number => Date.now(),
  monotonic: (): number => performance.now(),
  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await delay(milliseconds, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
