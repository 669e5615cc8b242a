import { describe, expect, it } from 'vitest';
import type { FoundLock } from '../../../src/backend/lock/lock-store.ts';
import { foundItem, lockItem } from '../../../src/backend/lock/lock-table.ts';
import type { StateLock } from '../../../src/backend/lock/state-lock.ts';
import { freezeFields } from '../../../src/backend/records/freeze.ts';
import type { RunStatus } from '../../../src/github/run-status.ts';
import { decideUnlock } from '../../../src/steps/unlock/decide-unlock.ts';
import type { UnlockMode } from '../../../src/steps/unlock/unlock-inputs.ts';
import { makeHolder, NOW } from '../../job-state/scopes.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const RUN = 'https://github.com/acme/infra/actions/runs/123/attempts/2';
const github = { serverUrl: 'https://github.com', apiUrl: 'https://api.github.com', token: 't' };
const stale: UnlockMode = { kind: 'only_if_stale', staleAfterMs: 300_000, github };
const endedJustNow: RunStatus = { kind: 'completed', lastJobEnded: NOW, now: NOW };
const endedLongAgo: RunStatus = { kind: 'completed', lastJobEnded: NOW - 300_000, now: NOW };

const holder = makeHolder({ info: RUN });
const itemWith = (beats: number, everyMs: number | 'none' = 20_000): FoundLock => {
  const heartbeatMs = everyMs === 'none' ? undefined : everyMs;
  return foundItem(
    lockItem('b/k', { id: holder.info?.id ?? '', info: holder.raw ?? '', heartbeatMs }, beats),
  );
};
const file: FoundLock = { store: 'file', holder, heartbeat: undefined, etag: '"e"' };
const gone = (): never => {
  throw new Error('nothing is to be written');
};

/** Decides about what was found; later reads of the table return the items of `later` in turn, then the last one. */
async function decideStale(
  found: FoundLock[],
  later: (FoundLock | undefined)[],
  status = endedJustNow,
  mode: UnlockMode = stale,
) {
  const clock = createFakeClock({ autoAdvance: true });
  const messages: string[] = [];
  let looks = 0;
  let asked = 0;
  const stores: StateLock = {
    read: async () => {
      const now = later[Math.min(looks, later.length - 1)];
      looks += 1;
      return now === undefined ? [] : [now];
    },
    acquire: gone,
    broken: [],
    findOtherHolder: gone,
    release: gone,
    free: async () => [],
    mayBeOurs: gone,
    giveBack: gone,
    queue: { countAhead: gone, mayBeIn: gone, leave: gone, removeTicket: gone },
  };
  const lookUpRun = async () => {
    asked += 1;
    return status;
  };
  const deps = {
    clock,
    lookUpRun,
    signal: new AbortController().signal,
    runner: { info: (text: string) => void messages.push(text) },
  };
  const kept = await decideUnlock(deps, stores, mode, found);
  const reasons = kept.map((lock) => (lock?.code === 'not_stale' ? lock.reason : undefined));
  return { kept, reasons, waitedMs: clock.monotonic(), messages, asked: () => asked };
}

describe('only_if_stale', () => {
  it('a lock with a heartbeat is proved stale by three intervals without a beat, whenever its run ended', async () => {
    const done = await decideStale([itemWith(7)], [itemWith(7)]);
    expect(done).toMatchObject({ reasons: [undefined], waitedMs: 60_000 });
    expect(done.messages.join()).toContain('Watching its heartbeat for 1m');
  });

  it.each([0, 1, 2])('a beat after %i looks keeps it: the process still lives', async (looks) => {
    const done = await decideStale([itemWith(7)], [...Array(looks).fill(itemWith(7)), itemWith(8)]);
    expect(done.reasons).toEqual([{ kind: 'renewed_while_watched' }]);
    expect(done.waitedMs).toBe((looks + 1) * 20_000);
  });

  it('a lock that has disappeared is left to its delete, which is conditional on its existence', async () => {
    const theirs = foundItem(lockItem('b/k', { id: 'x', info: '{"ID":"x"}', heartbeatMs: 1 }, 0));
    expect(await decideStale([itemWith(7)], [undefined])).toMatchObject({ reasons: [undefined] });
    expect(await decideStale([itemWith(7)], [theirs])).toMatchObject({ reasons: [undefined] });
  });

  it('a lock of a running run is not watched at all', async () => {
    const done = await decideStale([itemWith(7)], [itemWith(7)], { kind: 'running' });
    expect(done).toMatchObject({ reasons: [{ kind: 'run_going_on' }], waitedMs: 0 });
  });

  it("a heartbeat that is too rare can't be watched", async () => {
    const done = await decideStale([itemWith(7, 600_000)], [itemWith(7, 600_000)]);
    expect(done).toMatchObject({
      reasons: [{ kind: 'heartbeat_too_slow', intervalMs: 600_000 }],
      waitedMs: 0,
    });
  });

  it.each([
    ['item', itemWith(0, 'none')],
    ['file', file],
  ])('a lock %s without a heartbeat is proved stale by stale_after', async (_, lock) => {
    const soon = await decideStale([lock], [lock]);
    expect(soon.reasons).toEqual([{ kind: 'ended_recently', endedMs: 0, staleAfterMs: 300_000 }]);
    expect(await decideStale([lock], [lock], endedLongAgo)).toMatchObject({
      reasons: [undefined],
      waitedMs: 0,
    });
  });

  it("the item's heartbeat also counts for the lock file of the same holder, whose run is checked once", async () => {
    const dead = await decideStale([file, itemWith(7)], [itemWith(7)]);
    expect(dead).toMatchObject({ reasons: [undefined, undefined], waitedMs: 60_000 });
    expect(dead.asked()).toBe(1);
    const alive = await decideStale([file, itemWith(7)], [itemWith(8)], endedLongAgo);
    expect(alive.reasons).toEqual(Array(2).fill({ kind: 'renewed_while_watched' }));
  });

  it('two holders are decided about separately', async () => {
    const person: FoundLock = { ...file, holder: makeHolder() };
    const done = await decideStale([person, itemWith(7)], [itemWith(7)]);
    expect(done.reasons).toEqual([{ kind: 'names_no_run' }, undefined]);
  });
});

describe('a freeze', () => {
  const frozen: FoundLock = {
    ...file,
    holder: makeHolder(freezeFields({ until: NOW, reason: 'r', by: 'b', runUrl: RUN })),
  };

  it('is never proved stale, even after its end: its run is not checked', async () => {
    const done = await decideStale([frozen], [frozen], endedLongAgo);
    expect(done.reasons).toEqual([{ kind: 'frozen' }]);
    expect(done.asked()).toBe(0);
  });

  it.each([
    ['force', { kind: 'force' }, { code: 'frozen', lock: frozen }],
    ['its id', { kind: 'lock_id', lockId: frozen.holder.info?.id ?? '' }, undefined],
    ['another id', { kind: 'lock_id', lockId: 'x' }, { code: 'lock_id_differs', lock: frozen, lockId: 'x' }],
  ] as const)('asked for by %s', async (_, mode, kept) => {
    expect(await decideStale([frozen], [], undefined, mode)).toMatchObject({ kept: [kept] });
  });
});
