import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LockHolder, parseLockHolder } from '../../src/backend/lock-info.ts';
import type { AcquireOutcome } from '../../src/backend/lock-table.ts';
import { type WaitOptions, waitForLock } from '../../src/backend/wait-for-lock.ts';
import { createFakeClock, settle } from '../support/fake-clock.ts';

const holder = parseLockHolder('{"ID":"theirs"}');
const conflict: AcquireOutcome = { kind: 'conflict', holder };
const held: AcquireOutcome = { kind: 'held' };
const vanished: AcquireOutcome = { kind: 'vanished' };

/** Waits on a clock that turns itself. `answer` says what a try made at this many ms gets; all tries are noted. */
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
    expect(outcome).toEqual({ kind: 'held', waitedMs: 0 });
    expect(tries).toEqual([0]);
    expect(logged).toEqual([]);
  });

  it('lock-timeout-zero: tries exactly once, and says who has it', async () => {
    const { outcome, tries, slept } = await wait(() => conflict, { timeoutMs: 0 });
    expect(outcome).toEqual({ kind: 'timeout', waitedMs: 0, holder });
    expect(tries).toEqual([0]);
    expect(slept).toEqual([]);
  });

  it('lock-wait: takes a lock that is freed after 3 s of at most 10', async () => {
    const { outcome, tries } = await wait((ms) => (ms < 3_000 ? conflict : held), { timeoutMs: 10_000 });
    expect(tries).toEqual([0, 250, 750, 1_750, 3_750]);
    expect(outcome).toEqual({ kind: 'held', waitedMs: 3_750 });
  });

  it('lock-wait: gives up when the time is up, after a last try at that moment', async () => {
    const { outcome, tries } = await wait(() => conflict, { timeoutMs: 9_000 });
    expect(outcome).toEqual({ kind: 'timeout', waitedMs: 9_000, holder });
    expect(tries).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 9_000]);
  });

  it('tries again at once when the holder vanished before it could be read', async () => {
    const { outcome, tries } = await wait((_, count) => (count === 1 ? vanished : held), { timeoutMs: 0 });
    expect(outcome).toEqual({ kind: 'held', waitedMs: 0 });
    expect(tries).toEqual([0, 0]);
  });

  it('does not loop for ever on a lock that keeps vanishing', async () => {
    const once = await wait(() => vanished, { timeoutMs: 0 });
    expect(once.outcome).toEqual({ kind: 'timeout', waitedMs: 0, holder: undefined });
    expect(once.tries.length).toBe(6);
    const long = await wait(() => vanished, { timeoutMs: 60_000 });
    expect(long.tries.length).toBeLessThan(40);
  });

  it('logs the first conflict, then once a minute at most', async () => {
    const { logged } = await wait(() => conflict, { timeoutMs: 300_000 });
    expect(logged[0]).toEqual([holder, 0]);
    const times = logged.map(([, waitedMs]) => waitedMs);
    for (const [index, time] of times.slice(1).entries()) {
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(60_000);
      expect(time - (times[index] ?? 0)).toBeLessThan(65_000);
    }
    expect(times.length).toBe(5);
  });

  it('whatever the jitter: a freed lock is taken within 5 s, and the table is never asked in a busy loop', async () => {
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

  it("ends within the same tick when it is aborted, with the signal's reason and no further try", async () => {
    const [clock, controller, reason] = [createFakeClock(), new AbortController(), new Error('cancelled')];
    let tries = 0;
    const waiting = waitForLock({
      tryAcquire: async () => {
        tries += 1;
        return conflict;
      },
      timeoutMs: 600_000,
      clock,
      signal: controller.signal,
      random: () => 1,
      onWaiting: () => {},
    });
    await settle();
    expect(clock.pending().length).toBe(1);
    const ended = expect(waiting).rejects.toBe(reason);
    controller.abort(reason);
    await ended;
    expect(clock.pending()).toEqual([]);
    expect(clock.monotonic()).toBe(0);
    expect(tries).toBe(1);
  });

  it('does not even try when it was aborted before, and passes on what a try throws', async () => {
    const reason = new Error('cancelled');
    await expect(wait(() => held, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const denied = new Error('denied');
    const tryAcquire = () => Promise.reject(denied);
    await expect(wait(() => held, { tryAcquire })).rejects.toBe(denied);
  });
});
