import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOvertaken, findHighestRate, simulateRush } from './queue-of-waiters.ts';

const FREED_TO_TAKEN_MS = 5_000;

describe('many jobs waiting for one lock', () => {
  it('all get it, each release is followed by a take within 5 s, and none makes more than 36 tries a minute', async () => {
    const holdTimes = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 20 });
    const jitter = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(holdTimes, jitter, async (times, stream) => {
        const wanted = times.map((holdMs) => ({ from: 0, holdMs }));
        const { waits, gaps } = await simulateRush(wanted, () => stream.next().value ?? 0);
        expect(waits.length).toBe(times.length);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(FREED_TO_TAKEN_MS);
        expect(findHighestRate(waits)).toBeLessThanOrEqual(36);
      }),
      { numRuns: 20 },
    );
  });
});

describe('hand-overs that a waiter lost to newcomers', () => {
  const wait = (beganAt: number, gotAt: number) => ({ beganAt, gotAt, tries: 1 });

  it('are those to somebody who started later by more than the lead and got the lock first', () => {
    const waits = [wait(0, 100), wait(3, 50), wait(20, 60), wait(30, 90), wait(40, 200)];
    expect(countOvertaken(waits, 5)).toEqual([2, 0, 0, 0, 0]);
    expect(countOvertaken(waits, 0)).toEqual([3, 0, 0, 0, 0]);
  });

  it("don't occur when the lock is free before the next one comes", async () => {
    const wanted = Array.from({ length: 10 }, (_, i) => ({ from: i * 60_000, holdMs: 30_000 }));
    const { waits } = await simulateRush(wanted, () => 0.5);
    expect(countOvertaken(waits, 5_000)).toEqual(wanted.map(() => 0));
  });
});
