import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEAD_AFTER_MS } from '../../src/backend/lock/lock-queue.ts';
import {
  countOvertaken,
  findHighestRate,
  type Rush,
  requestLimit,
  simulateRush,
  type Wanted,
} from './queue-of-waiters.ts';

const CONTENDERS = 50;
const FREED_TO_TAKEN_MS = 5_000;
/** The queue counts in seconds, as the store's clock tells them, and who tries at the same moment is no newcomer. */
const LEAD_MS = 2_000;
const MOST_LOST = 3;

const jitter = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));
const drawFrom = (stream: Iterator<number>) => () => stream.next().value ?? 0;

/** So many jobs that come more often than the lock can serve. */
const overload = fc
  .record({
    everyMs: fc.integer({ min: 1_000, max: 30_000 }),
    holdTimes: fc.array(fc.integer({ min: 30_000, max: 120_000 }), {
      minLength: CONTENDERS,
      maxLength: CONTENDERS,
    }),
  })
  .map(({ everyMs, holdTimes }) => holdTimes.map((holdMs, i): Wanted => ({ from: i * everyMs, holdMs })));

function expectBounded({ waits }: Rush): void {
  const lost = countOvertaken(waits, 0);
  for (const [i, { beganAt, gotAt, requests }] of waits.entries()) {
    expect(requests).toBeLessThanOrEqual(requestLimit(gotAt - beganAt, lost[i] ?? 0));
  }
}

describe('many who wait for one lock', () => {
  it(`of ${CONTENDERS} none loses more than ${MOST_LOST} hand-overs to newcomers, and the requests of each are bounded`, async () => {
    await fc.assert(
      fc.asyncProperty(overload, jitter, async (wanted, stream) => {
        const rush = await simulateRush(wanted, drawFrom(stream));
        expect(rush.waits.length).toBe(CONTENDERS);
        expect(Math.max(...countOvertaken(rush.waits, LEAD_MS))).toBeLessThanOrEqual(MOST_LOST);
        expect(Math.max(...rush.gaps.slice(1))).toBeLessThanOrEqual(FREED_TO_TAKEN_MS);
        expect(rush.tickets).toEqual([]);
        expectBounded(rush);
      }),
      { numRuns: 4, seed: 7 },
    );
  });

  it('all get it, and somebody takes it within 5 s of each release', async () => {
    const holdTimes = fc.array(fc.integer({ min: 4_000, max: 90_000 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(holdTimes, jitter, async (times, stream) => {
        const wanted = times.map((holdMs) => ({ from: 0, holdMs }));
        const rush = await simulateRush(wanted, drawFrom(stream));
        expect(rush.waits.length).toBe(times.length);
        expect(Math.max(...rush.gaps)).toBeLessThanOrEqual(FREED_TO_TAKEN_MS);
        expectBounded(rush);
      }),
      { numRuns: 10 },
    );
  });

  it('are passed over when they die, after a bounded time', async () => {
    const dead = (from: number): Wanted => ({ from, holdMs: 0, diesAt: 20_000 });
    const wanted = [
      { from: 0, holdMs: 30_000 },
      dead(5_000),
      dead(6_000),
      { from: 10_000, holdMs: 10_000 },
      { from: 15_000, holdMs: 10_000 },
    ];
    const { waits, gaps, tickets } = await simulateRush(wanted, () => 0.5);
    expect(waits.map(({ beganAt }) => beganAt)).toEqual([0, 10_000, 15_000]);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(DEAD_AFTER_MS + FREED_TO_TAKEN_MS);
    expect(tickets).toEqual([]);
  });

  it('without permission for tickets get the lock as before, with no more requests', async () => {
    const wanted = Array.from(
      { length: 10 },
      (_, i): Wanted => ({ from: i, holdMs: 30_000, isDenied: true }),
    );
    const { waits, gaps, tickets } = await simulateRush(wanted, () => 0.5);
    expect(waits.length).toBe(10);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(FREED_TO_TAKEN_MS);
    expect(findHighestRate(waits)).toBeLessThanOrEqual(36);
    expect(tickets).toEqual([]);
  });

  it('with and without tickets share the lock, and those with tickets keep their order', async () => {
    const wanted = Array.from(
      { length: 20 },
      (_, i): Wanted => ({ from: i * 5_000, holdMs: 30_000, isDenied: i % 10 === 5 }),
    );
    const { waits } = await simulateRush(wanted, () => 0.5);
    expect(waits.length).toBe(20);
    const queued = waits.filter(({ beganAt }) => beganAt % 50_000 !== 25_000);
    expect(Math.max(...countOvertaken(queued, LEAD_MS))).toBeLessThanOrEqual(1);
  });
});

describe('a job that finds a free lock', () => {
  it('sends only its one try', async () => {
    const wanted = Array.from({ length: 5 }, (_, i) => ({ from: i * 60_000, holdMs: 30_000 }));
    const { waits } = await simulateRush(wanted, () => 0.5);
    expect(waits.map(({ requests }) => requests)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('hand-overs that a waiter lost to newcomers', () => {
  const wait = (beganAt: number, gotAt: number) => ({ beganAt, gotAt });

  it('are those to somebody who started later, by more than the lead, and got the lock first', () => {
    const waits = [wait(0, 100), wait(3, 50), wait(20, 60), wait(30, 90), wait(40, 200)];
    expect(countOvertaken(waits, 5)).toEqual([2, 0, 0, 0, 0]);
    expect(countOvertaken(waits, 0)).toEqual([3, 0, 0, 0, 0]);
  });
});
