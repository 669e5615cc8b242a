import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcquireOutcome, FoundLock } from '../../../src/backend/lock/lock-store.ts';
import { type WaitDecision, type WaitOptions, waitForLock } from '../../../src/backend/lock/wait-for-lock.ts';
import { type LockHolder, parseLockHolder } from '../../../src/backend/records/lock-info.ts';
import { createFakeClock, flush } from '../../support/fake-clock.ts';

const holder = parseLockHolder('{"ID":"theirs"}');
const lock = { store: 'file', holder, heartbeat: undefined, etag: undefined } as const;
const conflict: AcquireOutcome = { kind: 'conflict', lock };
const held: AcquireOutcome = { kind: 'held', broken: [] };
const HELD = { kind: 'held', broken: [] };
const vanished: AcquireOutcome = { kind: 'vanished' };

/**
 * Waits on a clock that advances by itself. `answer` returns the result of a try at this many ms; records all
 * tries.
 */
async function wait(
  answer: (ms: number, count: number) => AcquireOutcome,
  options: Partial<WaitOptions> = {},
) {
  const clock = createFakeClock({ autoAdvance: true });
  const tries: number[] = [];
  const logged: [LockHolder | undefined, number][] = [];
  const outcome = await waitForLock({
    tryAcquire: async () => {
      tries.push(clock.monotonic());
      return answer(clock.monotonic(), tries.length);
    },
    decide: () => ({ kind: 'wait' }),
    timeoutMs: 600_000,
    clock,
    signal: new AbortController().signal,
    random: () => 1,
    onWaiting: (who, waitedMs) => logged.push([who, waitedMs]),
    ...options,
  });
  return { outcome, tries, logged, slept: clock.slept };
}

describe('waiting for the lock', () => {
  it('takes a free lock with one try', async () => {
    const { outcome, tries, logged } = await wait(() => held);
    expect(outcome).toEqual({ ...HELD, waitedMs: 0 });
    expect(tries).toEqual([0]);
    expect(logged).toEqual([]);
  });

  it('tries exactly once without a timeout, and names the holder', async () => {
    const { outcome, tries, slept } = await wait(() => conflict, { timeoutMs: 0 });
    expect(outcome).toEqual({ kind: 'timeout', waitedMs: 0, holder });
    expect(tries).toEqual([0]);
    expect(slept).toEqual([]);
  });

  it('takes a lock that is freed after 3 s of a 10 s timeout', async () => {
    const { outcome, tries } = await wait((ms) => (ms < 3_000 ? conflict : held), { timeoutMs: 10_000 });
    expect(tries).toEqual([0, 250, 750, 1_750, 3_750]);
    expect(outcome).toEqual({ ...HELD, waitedMs: 3_750 });
  });

  it('gives up when the time is up, after a last try at that moment', async () => {
    const { outcome, tries } = await wait(() => conflict, { timeoutMs: 9_000 });
    expect(outcome).toEqual({ kind: 'timeout', waitedMs: 9_000, holder });
    expect(tries).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 9_000]);
  });

  it('tries again immediately when the holder vanishes before it can be read', async () => {
    const { outcome, tries } = await wait((_, count) => (count === 1 ? vanished : held), { timeoutMs: 0 });
    expect(outcome).toEqual({ ...HELD, waitedMs: 0 });
    expect(tries).toEqual([0, 0]);
  });

  it('does not loop forever on a lock that keeps vanishing', async () => {
    const once = await wait(() => vanished, { timeoutMs: 0 });
    expect(once.outcome).toEqual({ kind: 'timeout', waitedMs: 0, holder: undefined });
    expect(once.tries.length).toBe(6);
    const long = await wait(() => vanished, { timeoutMs: 60_000 });
    expect(long.tries.length).toBeLessThan(40);
  });

  it('logs the first conflict, then at most once a minute', async () => {
    const { logged } = await wait(() => conflict, { timeoutMs: 300_000 });
    expect(logged[0]).toEqual([holder, 0]);
    const times = logged.map(([, waitedMs]) => waitedMs);
    for (const [index, time] of times.slice(1).entries()) {
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(60_000);
      expect(time - (times[index] ?? 0)).toBeLessThan(65_000);
    }
    expect(times.length).toBe(5);
  });

  it('takes a freed lock within 5 s and never polls the table in a busy loop, whatever the jitter', async () => {
    const inputs = [fc.nat(300_000), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }))] as const;
    await fc.assert(
      fc.asyncProperty(...inputs, async (freedAt, jitter) => {
        const random = (): number => jitter.next().value ?? 0;
        const { outcome, tries, slept } = await wait((ms) => (ms < freedAt ? conflict : held), { random });
        expect(outcome.kind).toBe('held');
        expect(outcome.waitedMs - freedAt).toBeLessThanOrEqual(4_000);
        expect(Math.max(0, ...slept)).toBeLessThanOrEqual(4_000);
        expect(tries.length).toBeLessThanOrEqual(6 + freedAt / 2_000);
      }),
      { numRuns: 50 },
    );
  });

  it("ends within the same tick on an abort, with the signal's reason and no further try", async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const reason = new Error('cancelled');
    let tries = 0;
    const waiting = waitForLock({
      tryAcquire: async () => {
        tries += 1;
        return conflict;
      },
      decide: () => ({ kind: 'wait' }),
      timeoutMs: 600_000,
      clock,
      signal: controller.signal,
      random: () => 1,
      onWaiting: () => {},
    });
    await flush();
    expect(clock.pending().length).toBe(1);
    const ended = expect(waiting).rejects.toBe(reason);
    controller.abort(reason);
    await ended;
    expect(clock.pending()).toEqual([]);
    expect(clock.monotonic()).toBe(0);
    expect(tries).toBe(1);
  });

  it('does not try after an earlier abort, and rethrows the error of a try', async () => {
    const reason = new Error('cancelled');
    await expect(wait(() => held, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const denied = new Error('denied');
    const tryAcquire = () => Promise.reject(denied);
    await expect(wait(() => held, { tryAcquire })).rejects.toBe(denied);
  });
});

describe('a lock whose holder is checked', () => {
  /** Waits with decisions that depend on the time of the look; records which tries may take the lock over. */
  async function waitWith(
    decide: (ms: number) => WaitDecision,
    answer: (ms: number, stale: FoundLock | undefined) => AcquireOutcome,
    timeoutMs: number,
  ) {
    const clock = createFakeClock({ autoAdvance: true });
    const tries: [number, 'take over' | 'free only'][] = [];
    const done = await wait(() => held, {
      clock,
      timeoutMs,
      decide: () => decide(clock.monotonic()),
      tryAcquire: async (stale) => {
        tries.push([clock.monotonic(), stale === undefined ? 'free only' : 'take over']);
        return answer(clock.monotonic(), stale);
      },
    });
    return { ...done, tries };
  }
  const takenOver: AcquireOutcome = { kind: 'held', broken: [lock] };
  const onlyTakenOver = (_: number, stale: FoundLock | undefined) =>
    stale === undefined ? conflict : takenOver;
  const watchUntil = (until: number) => (ms: number) =>
    ms < until ? ({ kind: 'watching', until } as const) : ({ kind: 'stale' } as const);

  it('is taken over immediately when stale, in a try that gets the lock as it was found', async () => {
    const { outcome, tries } = await waitWith(() => ({ kind: 'stale' }), onlyTakenOver, 0);
    expect(outcome).toEqual({ kind: 'held', waitedMs: 0, broken: [lock] });
    expect(tries).toEqual([
      [0, 'free only'],
      [0, 'take over'],
    ]);
  });

  it("that is stale but can't be taken over doesn't cause a busy loop", async () => {
    const { outcome, tries } = await waitWith(
      () => ({ kind: 'stale' }),
      () => conflict,
      9_000,
    );
    expect(outcome).toMatchObject({ kind: 'timeout', waitedMs: 9_000 });
    expect(tries.length).toBe(10);
    expect(
      await waitWith(
        () => ({ kind: 'stale' }),
        () => conflict,
        0,
      ),
    ).toMatchObject({
      outcome: { kind: 'timeout' },
    });
  });

  it('continues a watch when the time is up, and ends it at the moment of proof', async () => {
    const { outcome, tries } = await waitWith(watchUntil(60_000), onlyTakenOver, 0);
    expect(outcome).toMatchObject({ kind: 'held', waitedMs: 60_000 });
    expect(tries.slice(-2)).toEqual([
      [60_000, 'free only'],
      [60_000, 'take over'],
    ]);
  });

  it("doesn't wait for a watch that restarts after the time is up: its holder lives", async () => {
    const beats = (ms: number): WaitDecision => watchUntil(ms < 45_000 ? 60_000 : 105_000)(ms);
    const { outcome } = await waitWith(beats, onlyTakenOver, 0);
    expect(outcome).toMatchObject({ kind: 'timeout', holder });
    expect(outcome.waitedMs).toBeLessThan(50_000);
    // Before the time is up, it waits for any number of watches.
    expect((await waitWith(beats, onlyTakenOver, 90_000)).outcome.waitedMs).toBe(105_000);
  });

  it('waits once for a question that is pending when the time is up', async () => {
    let answered = false;
    const answer = Promise.resolve().then(() => {
      answered = true;
    });
    const decide = (): WaitDecision => (answered ? { kind: 'stale' } : { kind: 'asking', answer });
    expect((await waitWith(decide, onlyTakenOver, 0)).outcome).toMatchObject({ kind: 'held', waitedMs: 0 });
    const asking = await waitWith(
      () => ({ kind: 'asking', answer }),
      () => conflict,
      0,
    );
    expect(asking.outcome.kind).toBe('timeout');
    expect(asking.tries.length).toBe(2);
  });

  it('takes a freed lock while a question is pending', async () => {
    const answer = new Promise<void>(() => {});
    const freed = (ms: number) => (ms < 3_000 ? conflict : held);
    const { outcome } = await waitWith(() => ({ kind: 'asking', answer }), freed, 60_000);
    expect(outcome).toMatchObject({ kind: 'held', waitedMs: 3_750 });
  });

  const MINUTE = 60_000;
  const frozenUntil = (until: number) => (ms: number) =>
    ms < until ? ({ kind: 'frozen', until } as const) : ({ kind: 'stale' } as const);

  it("doesn't wait at all for a freeze that ends after the time is up", async () => {
    for (const timeoutMs of [0, 59 * MINUTE]) {
      const done = await waitWith(frozenUntil(60 * MINUTE), onlyTakenOver, timeoutMs);
      expect(done.outcome).toEqual({ kind: 'timeout', waitedMs: 0, holder });
      expect(done.slept).toEqual([]);
    }
  });

  it('takes over a freeze that ends in time at its end, and polls it once a minute before', async () => {
    const { outcome, tries } = await waitWith(frozenUntil(90_500), onlyTakenOver, 10 * MINUTE);
    expect(outcome).toMatchObject({ kind: 'held', waitedMs: 90_500 });
    expect(tries).toEqual([
      [0, 'free only'],
      [66_000, 'free only'],
      [90_500, 'free only'],
      [90_500, 'take over'],
    ]);
  });

  it('takes a lock within a minute of an early thaw, and logs each look at it', async () => {
    const thawed = (ms: number): AcquireOutcome => (ms < 70_000 ? conflict : held);
    const { outcome, logged } = await waitWith(frozenUntil(60 * MINUTE), thawed, 120 * MINUTE);
    expect(logged.map(([, waitedMs]) => waitedMs)).toEqual([0, 66_000]);
    expect(outcome).toMatchObject({ kind: 'held', waitedMs: 132_000 });
  });

  it('ends when a freeze begins that outlasts the wait', async () => {
    const decide = (ms: number) => (ms < 30_000 ? ({ kind: 'wait' } as const) : frozenUntil(60 * MINUTE)(ms));
    const { outcome } = await waitWith(decide, () => conflict, 10 * MINUTE);
    expect(outcome).toMatchObject({ kind: 'timeout' });
    expect(outcome.waitedMs).toBeLessThan(35_000);
  });
});
