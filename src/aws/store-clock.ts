import type { Clock } from '../time/clock.ts';

/** The store's time, shared by all clients of a state. */
export interface StoreClock {
  /** Milliseconds since the epoch, to the second; by this machine's clock until an answer contained the store's. */
  now(): number;
  /** Takes the `date` header of an answer in HTTP's format. Ignores anything else. */
  learn(date: string | undefined): void;
}

/**
 * A clock that uses the last answer's date and our monotonic clock since then. This machine's own date decides nothing.
 */
export function createStoreClock(clock: Pick<Clock, 'now' | 'monotonic'>): StoreClock {
  let reported: { readonly time: number; readonly at: number } | undefined;
  return {
    now: () => (reported === undefined ? clock.now() : reported.time + (clock.monotonic() - reported.at)),
    learn: (date) => {
      const time = Date.parse(date ?? '');
      if (!Number.isNaN(time)) reported = { time, at: clock.monotonic() };
    },
  };
}
