import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAwsError } from '../../../src/aws/errors.ts';
import type { AcquireOutcome, FoundLock } from '../../../src/backend/lock/lock-store.ts';
import { type WaitOptions, waitForLock } from '../../../src/backend/lock/wait-for-lock.ts';
import { parseLockHolder } from '../../../src/backend/records/lock-info.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const held: AcquireOutcome = { kind: 'held', broken: [] };
const refusal = toAwsError(Object.assign(new Error('no'), { name: 'AccessDeniedException' }), {
  api: 'dynamodb:UpdateItem',
  resource: 'r',
  principal: undefined,
  region: 'r',
  endpoint: undefined,
  identity: undefined,
  attempts: 1,
  aborted: false,
  now: 0,
});

function makeFoundLock(id: string): FoundLock {
  return { store: 'file', holder: parseLockHolder(`{"ID":"${id}"}`), heartbeat: undefined, etag: undefined };
}

const theirs = makeFoundLock('theirs');
const conflict: AcquireOutcome = { kind: 'conflict', lock: theirs };

/** A wait in a queue: what each request was, and when. `ahead` by the ms, `look` what a look then finds. */
async function wait(
  given: Partial<WaitOptions> & {
    readonly ahead: (ms: number) => number | Error;
    readonly look?: (ms: number) => FoundLock | undefined;
    readonly answer?: (ms: number, stale: FoundLock | undefined) => AcquireOutcome;
    /** How long each request takes, in ms. */
    readonly requestMs?: number;
  },
) {
  const { ahead, look = () => theirs, answer = () => conflict, requestMs = 0, ...options } = given;
  const clock = createFakeClock({ autoAdvance: true });
  const requests: [number, 'try' | 'renew' | 'look'][] = [];
  const reported: [number, number | undefined][] = [];
  const refused: unknown[] = [];
  const renewalsTakeUpTo: number[] = [];
  const send = async (what: 'try' | 'renew' | 'look'): Promise<void> => {
    requests.push([clock.monotonic(), what]);
    if (requestMs > 0) await clock.sleep(requestMs, new AbortController().signal);
  };
  const outcome = await waitForLock({
    tryAcquire: async (stale) => {
      await send('try');
      return answer(clock.monotonic(), stale);
    },
    decide: () => ({ kind: 'wait' }),
    timeoutMs: 600_000,
    clock,
    signal: new AbortController().signal,
    random: () => 1,
    onWaiting: (_, waitedMs, place) => reported.push([waitedMs, place]),
    queue: {
      countAhead: async (withinMs) => {
        renewalsTakeUpTo.push(clock.monotonic() + withinMs);
        await send('renew');
        const count = ahead(clock.monotonic());
        if (count instanceof Error) throw count;
        return count;
      },
      look: async () => {
        await send('look');
        return look(clock.monotonic());
      },
      onRefused: (error) => refused.push(error),
    },
    ...options,
  });
  const times = (what: string) => requests.filter(([, one]) => one === what).map(([ms]) => ms);
  return { outcome, requests, times, reported, refused, renewalsTakeUpTo };
}

describe('a wait in a queue', () => {
  it('of a single try joins no queue', async () => {
    const { requests } = await wait({ ahead: () => 0, timeoutMs: 0 });
    expect(requests).toEqual([[0, 'try']]);
  });

  it('of the first tries often, but less often the longer the holder stays the same, and renews its ticket meanwhile', async () => {
    const { times } = await wait({ ahead: () => 0 });
    expect(times('try').slice(0, 4)).toEqual([0, 400, 800, 1_200]);
    expect(times('try').filter((ms) => ms >= 300_000 && ms < 360_000)).toHaveLength(15);
    expect(times('renew').filter((ms) => ms < 60_000).length).toBeLessThanOrEqual(9);
    expect(times('look')).toEqual([]);
  });

  it('of the others tries only when their turn comes, and then at once', async () => {
    const { outcome, times } = await wait({
      ahead: (ms) => (ms < 100_000 ? 3 : 0),
      answer: (ms) => (ms < 100_000 ? conflict : held),
    });
    expect(times('try')).toHaveLength(2);
    expect(times('try')[1]).toBe(times('renew').at(-1));
    expect(outcome.waitedMs - 100_000).toBeLessThanOrEqual(6_000);
    expect(times('renew').length).toBeLessThanOrEqual(45);
  });

  it('of the others looks at the lock after 10 s and then once a minute, and reports its position each time', async () => {
    const { times, reported } = await wait({ ahead: () => 2, timeoutMs: 200_000 });
    expect(times('look').length).toBe(4);
    expect(times('look')[0]).toBeLessThan(15_000);
    expect(reported.length).toBe(4);
    expect(reported.map(([, place]) => place)).toEqual([2, 2, 2, 2]);
    expect(reported[0]?.[0]).toBe(0);
  });

  it('of the others takes over a lock that is stale, because the first may not be allowed to', async () => {
    const { outcome } = await wait({
      ahead: () => 1,
      decide: () => ({ kind: 'stale' }),
      answer: (ms, stale) => (ms > 0 && stale !== undefined ? held : conflict),
    });
    expect(outcome).toMatchObject({ kind: 'held' });
    expect(outcome.waitedMs).toBeLessThan(15_000);
  });

  it('of the others ends at a freeze that outlasts it', async () => {
    let looked = false;
    const { outcome } = await wait({
      ahead: () => 1,
      look: () => {
        looked = true;
        return theirs;
      },
      decide: () => (looked ? { kind: 'frozen', until: 10_000_000 } : { kind: 'wait' }),
    });
    expect(outcome).toMatchObject({ kind: 'timeout', holder: theirs.holder });
    expect(outcome.waitedMs).toBeLessThan(15_000);
  });

  it('of the others tries once more when the time is up, and names the holder', async () => {
    const next = makeFoundLock('next');
    const { outcome, times } = await wait({
      ahead: () => 1,
      timeoutMs: 30_000,
      answer: (ms) => (ms < 30_000 ? conflict : { kind: 'conflict', lock: next }),
    });
    expect(times('try')).toEqual([0, 30_000]);
    expect(outcome).toEqual({ kind: 'timeout', waitedMs: 30_000, holder: next.holder });
  });

  it.each([0, 1, 5])(
    'of the one with %i ahead ends at lock_timeout: only the last try is sent then',
    async (count) => {
      const moments = fc.record({
        timeoutMs: fc.integer({ min: 1, max: 60_000 }),
        requestMs: fc.nat(900),
        refusedAt: fc.nat(90_000),
      });
      await fc.assert(
        fc.asyncProperty(moments, async ({ timeoutMs, requestMs, refusedAt }) => {
          const { outcome, requests, renewalsTakeUpTo } = await wait({
            ahead: (ms) => (ms < refusedAt ? count : refusal),
            timeoutMs,
            requestMs,
          });
          const late = requests.filter(([ms]) => ms >= timeoutMs);
          expect(late.map(([, what]) => what)).toEqual(late.length === 0 ? [] : ['try']);
          // The request that was under way when the time was up is completed before it.
          for (const [ms] of late) expect(ms).toBeLessThan(timeoutMs + Math.max(1, requestMs));
          expect(outcome.waitedMs).toBeLessThan(timeoutMs + Math.max(1, 2 * requestMs));
          expect(renewalsTakeUpTo.filter((ms) => ms > timeoutMs + 0.001)).toEqual([]);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('continues without a queue when AWS refuses it, and never asks for it again', async () => {
    const { outcome, times, reported, refused } = await wait({
      ahead: () => refusal,
      answer: (ms) => (ms < 3_000 ? conflict : held),
    });
    expect(times('renew')).toEqual([0]);
    expect(times('try')).toEqual([0, 250, 750, 1_750, 3_750]);
    expect(refused).toEqual([refusal]);
    expect(reported).toEqual([[0, undefined]]);
    expect(outcome).toMatchObject({ kind: 'held' });
  });

  it('that has been aborted joins no queue', async () => {
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const joined: number[] = [];
    const waiting = wait({
      ahead: (ms) => joined.push(ms),
      signal: abort.signal,
      answer: () => {
        abort.abort(reason);
        return conflict;
      },
    });
    await expect(waiting).rejects.toBe(reason);
    expect(joined).toEqual([]);
  });

  it('lasts until the end of a freeze for all waiters, who then all try', async () => {
    const { requests } = await wait({
      ahead: () => 5,
      decide: () => ({ kind: 'frozen', until: 90_000 }),
      answer: (ms) => (ms < 90_000 ? conflict : held),
    });
    expect(requests.map(([, what]) => what)).toEqual(['try', 'try', 'try']);
    expect(requests.at(-1)?.[0]).toBe(90_000);
  });
});
