import type { Clock } from '../time/clock.ts';

/** The time as the store has it, which all clients of a state share. */
export interface StoreClock {
  /** Milliseconds since the epoch, to the second; by this machine's clock while no answer told the store's. */
  now(): number;
  /** Takes the `date` header of an answer, as HTTP writes it. Anything else is no time. */
  learn(date: string | undefined): void;
}

/**
 * A clock that goes by the last answer's date and, since then, by our monotonic clock: what this machine takes for the
 * date decides nothing.
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
