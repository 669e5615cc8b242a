import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundLock } from '../../src/backend/lock/lock-store.ts';
import type { RunStatus } from '../../src/github/run-status.ts';
import { isQuestionDue, proveStale, type StaleWatch, seeLock } from '../../src/staleness/holder-evidence.ts';
import { runOfHolder } from '../../src/staleness/run-evidence.ts';
import { NOW } from '../job-state/scopes.ts';
import { file, itemWith, itemWithout, laptopsItem } from './locks.ts';

const MINUTE = 60_000;
const findRun = ({ holder }: FoundLock) => runOfHolder(holder, 'https://github.com');
const see = (before: StaleWatch | undefined, lock: FoundLock, now: number) =>
  seeLock(before, lock, findRun, now);
const heard = (watch: StaleWatch, status: RunStatus, at: number) => ({ ...watch, answer: { status, at } });
const ended = (agoMs: number): RunStatus => ({ kind: 'completed', lastJobEnded: NOW - agoMs, now: NOW });
const prove = (watch: StaleWatch, staleAfterMs: number, now: number) =>
  proveStale(watch, { staleAfterMs, longestWatchMs: 3 * MINUTE }, now);
const unknown: RunStatus = { kind: 'unknown', problem: { kind: 'no_such_run' } };
const running: RunStatus = { kind: 'running' };

describe('a lock with a heartbeat', () => {
  it('is stale once its run has ended and it has stood still for three intervals', () => {
    let watch = heard(see(undefined, itemWith(7), 1_000), ended(0), 1_000);
    expect(prove(watch, 5 * MINUTE, 1_000)).toMatchObject({ kind: 'watching', until: 61_000 });
    watch = heard(see(watch, itemWith(7), 60_999), ended(0), 1_000);
    expect(prove(watch, 5 * MINUTE, 60_999).kind).toBe('watching');
    expect(prove(see(watch, itemWith(7), 61_000), 5 * MINUTE, 61_000)).toEqual({
      kind: 'stale',
      proof: { endedMs: MINUTE, stillMs: MINUTE },
    });
  });

  it('is not proved stale by time without observation', () => {
    const watch = heard(see(undefined, itemWith(7), 0), ended(60 * MINUTE), 0);
    expect(prove(watch, 0, 60 * MINUTE).kind).toBe('watching');
  });

  it('restarts the watch on each beat', () => {
    const watch = heard(see(see(undefined, itemWith(7), 0), itemWith(8), 59_000), ended(0), 0);
    expect(prove(watch, 0, 59_000)).toMatchObject({ until: 119_000 });
  });

  it('that never beat proves nothing: its run must also have ended stale_after ago', () => {
    const watch = heard(see(see(undefined, itemWith(0), 0), itemWith(0), MINUTE), ended(3 * MINUTE), 0);
    expect(prove(watch, 5 * MINUTE, MINUTE)).toMatchObject({
      kind: 'none',
      reason: { kind: 'ended_recently', endedMs: 4 * MINUTE, staleAfterMs: 5 * MINUTE },
    });
    expect(prove(watch, 5 * MINUTE, 2 * MINUTE).kind).toBe('stale');
  });

  it('that beats too rarely for a watch is not awaited, but is stale if the wait was long enough', () => {
    const slow = itemWith(1, 10 * MINUTE);
    const watch = heard(see(undefined, slow, 0), ended(0), 0);
    expect(prove(watch, 0, 0)).toMatchObject({
      kind: 'none',
      reason: { kind: 'heartbeat_too_slow', intervalMs: 10 * MINUTE },
    });
    expect(prove(see(watch, slow, 30 * MINUTE), 0, 30 * MINUTE).kind).toBe('stale');
  });
});

describe('a lock without a heartbeat', () => {
  it.each([
    ['in the table', itemWithout],
    ['in a file', file],
  ])(
    "%s is stale when its run ended stale_after ago by GitHub's clock, which advances like ours",
    (_, lock) => {
      const watch = heard(see(undefined, lock, 0), ended(4 * MINUTE), 0);
      expect(prove(watch, 5 * MINUTE, MINUTE - 1).kind).toBe('none');
      expect(prove(watch, 5 * MINUTE, MINUTE).kind).toBe('stale');
    },
  );
});

it.each<[string, FoundLock, RunStatus | undefined, string]>([
  ["a person's", laptopsItem, ended(60 * MINUTE), 'names_no_run'],
  ['of a run that continues', itemWithout, running, 'run_going_on'],
  ['of an unknown run', itemWithout, unknown, 'run_unknown'],
  ['of a run that was not looked up', itemWithout, undefined, 'run_not_looked_up'],
])('a lock %s is not stale, however long the watch', (_, lock, status, kind) => {
  const seen = see(see(undefined, lock, 0), lock, 1e9);
  const watch = status === undefined ? seen : heard(seen, status, 0);
  expect(prove(watch, 0, 1e9)).toMatchObject({ kind: 'none', reason: { kind } });
});

it("evidence about a holder doesn't count for the next holder", () => {
  const watch = heard(see(undefined, itemWith(7), 0), ended(60 * MINUTE), 0);
  const next = see(watch, itemWith(7, 20_000, 'another'), 90_000);
  expect(next).toMatchObject({ stillSince: 90_000, answer: undefined });
});

describe('GitHub is queried', () => {
  const first = see(undefined, itemWith(7), 0);

  it('at the first conflict, and every 30 s while the run may have died', () => {
    expect(isQuestionDue(first, undefined, 0)).toBe(true);
    const watch = heard(see(first, itemWith(7), 30_000), running, 0);
    expect(isQuestionDue(watch, 0, 29_999)).toBe(false);
    expect(isQuestionDue(watch, 0, 30_000)).toBe(true);
    expect(isQuestionDue(heard(see(undefined, itemWithout, 0), running, 0), 0, 30_000)).toBe(true);
  });

  it('never about a lock with a moving heartbeat, an ended run or a person', () => {
    const beating = heard(see(first, itemWith(8), 20_000), running, 0);
    expect(isQuestionDue(beating, 0, 45_000)).toBe(false);
    expect(isQuestionDue(heard(first, ended(0), 0), 0, 1e9)).toBe(false);
    expect(isQuestionDue(see(undefined, laptopsItem, 0), undefined, 0)).toBe(false);
  });
});

it('a lock is never stale unless the run has ended and three intervals without a beat were observed', () => {
  const INTERVAL = 20_000;
  const step = fc.record({
    afterMs: fc.nat(30_000),
    beats: fc.boolean(),
    answer: fc.option(fc.constantFrom<RunStatus>(running, ended(0), unknown)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let now = 0;
      let beats = 1;
      let lastBeatSeen = 0;
      let watch = see(undefined, itemWith(beats, INTERVAL), 0);
      for (const { afterMs, beats: isBeat, answer } of steps) {
        now += afterMs;
        if (isBeat) [beats, lastBeatSeen] = [beats + 1, now];
        watch = see(watch, itemWith(beats, INTERVAL), now);
        if (answer !== null) watch = heard(watch, answer, now);
        const isProven = watch.answer?.status.kind === 'completed' && now - lastBeatSeen >= 3 * INTERVAL;
        expect(prove(watch, 5 * MINUTE, now).kind === 'stale').toBe(isProven);
      }
    }),
  );
});
