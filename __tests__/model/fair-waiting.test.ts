import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcquireOutcome } from '../../src/backend/lock/lock-store.ts';
import { waitForLock } from '../../src/backend/lock/wait-for-lock.ts';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const FREED_TO_TAKEN_MS = 5_000;
const HOUR_MS = 3_600_000;
const conflict: AcquireOutcome = {
  kind: 'conflict',
  lock: { store: 'file', holder: parseLockHolder(undefined), heartbeat: undefined, etag: undefined },
};

/** One lock, and how long it stayed free between two holders, in ms. */
interface OneLock {
  isHeld: boolean;
  freedAt: number;
  readonly gaps: number[];
}

/** Waits, holds, and releases. */
async function takeTurn(
  clock: FakeClock,
  lock: OneLock,
  holdMs: number,
  random: () => number,
): Promise<void> {
  const { signal } = new AbortController();
  const tryAcquire = async (): Promise<AcquireOutcome> => {
    if (lock.isHeld) return conflict;
    lock.isHeld = true;
    return { kind: 'held', broken: [] };
  };
  const outcome = await waitForLock({
    tryAcquire,
    decide: () => ({ kind: 'wait' }) as const,
    timeoutMs: HOUR_MS,
    clock,
    signal,
    random,
    onWaiting: () => {},
  });
  expect(outcome.kind).toBe('held');
  lock.gaps.push(clock.monotonic() - lock.freedAt);
  await clock.sleep(holdMs, signal);
  lock.isHeld = false;
  lock.freedAt = clock.monotonic();
}

async function contend(holdTimes: readonly number[], random: () => number): Promise<OneLock> {
  const clock = createFakeClock();
  const lock: OneLock = { isHeld: false, freedAt: 0, gaps: [] };
  const all = Promise.all(holdTimes.map((holdMs) => takeTurn(clock, lock, holdMs, random)));
  while (lock.gaps.length < holdTimes.length || lock.isHeld) await clock.advance(1_000);
  await all;
  return lock;
}

describe('many who wait for one lock', () => {
  it('all get it, and whenever it is freed somebody has it within 5 s', async () => {
    const holdTimes = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 20 });
    const jitter = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(holdTimes, jitter, async (times, stream) => {
        const { gaps } = await contend(times, () => stream.next().value ?? 0);
        expect(gaps.length).toBe(times.length);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(FREED_TO_TAKEN_MS);
      }),
      { numRuns: 20 },
    );
  });
});
