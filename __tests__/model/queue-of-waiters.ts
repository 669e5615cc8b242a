import type { AcquireOutcome } from '../../src/backend/lock/lock-store.ts';
import { waitForLock } from '../../src/backend/lock/wait-for-lock.ts';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** One job's wait for a lock, in ms of one clock. */
export interface Wait {
  readonly beganAt: number;
  readonly gotAt: number;
  /** Requests that tried to take the lock. */
  readonly tries: number;
}

/** A job that wants a lock, in ms of one clock. */
export interface Wanted {
  /** When it begins to wait. */
  readonly from: number;
  /** How long it holds the lock. */
  readonly holdMs: number;
}

/** The outcome of many waits for one lock. */
export interface Rush {
  /** In the order of their takes. */
  readonly waits: readonly Wait[];
  /** From each release to the next take, or from the start, in ms. */
  readonly gaps: readonly number[];
}

const A_MINUTE_MS = 60_000;
const A_DAY_MS = 86_400_000;
const conflict: AcquireOutcome = {
  kind: 'conflict',
  lock: { store: 'file', holder: parseLockHolder(undefined), heartbeat: undefined, etag: undefined },
};

/** Lets all wait for one lock on a fake clock: only our way of waiting decides who gets it. */
export async function simulateRush(wanted: readonly Wanted[], random: () => number): Promise<Rush> {
  const clock = createFakeClock();
  const { signal } = new AbortController();
  const waits: Wait[] = [];
  const gaps: number[] = [];
  let isHeld = false;
  let freedAt = 0;
  const takeTurn = async ({ from, holdMs }: Wanted): Promise<void> => {
    await clock.sleep(from, signal);
    let tries = 0;
    const tryAcquire = async (): Promise<AcquireOutcome> => {
      tries += 1;
      if (isHeld) return conflict;
      isHeld = true;
      return { kind: 'held', broken: [] };
    };
    const decide = () => ({ kind: 'wait' }) as const;
    const times = { timeoutMs: A_DAY_MS, clock, signal, random };
    await waitForLock({ tryAcquire, decide, ...times, onWaiting: () => {} });
    const gotAt = clock.monotonic();
    waits.push({ beganAt: from, gotAt, tries });
    gaps.push(gotAt - freedAt);
    await clock.sleep(holdMs, signal);
    isHeld = false;
    freedAt = clock.monotonic();
  };
  const all = Promise.all(wanted.map(takeTurn));
  while (waits.length < wanted.length || isHeld) await clock.advance(1_000);
  await all;
  return { waits, gaps };
}

/**
 * For each wait, the hand-overs that it lost to newcomers: how often the lock went, while it waited, to somebody
 * who had started to wait more than `leadMs` after it. Pure.
 */
export function countOvertaken(waits: readonly Wait[], leadMs: number): number[] {
  return waits.map(
    ({ beganAt, gotAt }) =>
      waits.filter((other) => other.beganAt > beganAt + leadMs && other.gotAt < gotAt).length,
  );
}

/** The most requests a minute of any of these waits, of those that lasted a minute; 0: none did. Pure. */
export function findHighestRate(waits: readonly Wait[]): number {
  const long = waits.filter(({ beganAt, gotAt }) => gotAt - beganAt >= A_MINUTE_MS);
  return Math.max(0, ...long.map(({ beganAt, gotAt, tries }) => (tries * A_MINUTE_MS) / (gotAt - beganAt)));
}
