import { describe, expect, it } from 'vitest';
import type { FoundLock } from '../../src/backend/lock/lock-store.ts';
import type { LookUpRun, RunStatus } from '../../src/github/run-status.ts';
import { createStalenessCheck } from '../../src/staleness/staleness-check.ts';
import { NOW } from '../job-state/scopes.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { itemWith, itemWithout, laptopsItem } from './locks.ts';

const MINUTE = 60_000;
const github = { serverUrl: 'https://github.com', apiUrl: 'https://ghe.example.com/api/v3' };
const ended: RunStatus = { kind: 'completed', lastJobEnded: NOW - 10 * MINUTE, now: NOW };

/** A judge whose GitHub gives these answers, the last one again and again. */
function judgeWith(
  action: 'report' | 'break',
  answers: (RunStatus | 'hangs')[],
  ...tokens: (string | undefined)[]
) {
  const [token] = tokens.length === 0 ? ['t'] : tokens;
  const clock = createFakeClock({ startEpochMs: NOW });
  const asked: { runId: number; apiUrl: string; signal: AbortSignal }[] = [];
  const said: string[] = [];
  const broken: FoundLock[] = [];
  const lookUpRun: LookUpRun = async ({ runId }, { apiUrl, signal }) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? 'hangs';
    asked.push({ runId, apiUrl, signal });
    if (answer !== 'hangs') return answer;
    return await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  };
  const interrupt = new AbortController();
  const debugged: string[] = [];
  const runner = {
    info: (text: string) => void said.push(text),
    debug: (text: string) => void debugged.push(text),
  };
  const deps = { clock, lookUpRun, signal: interrupt.signal, runner };
  const proof = { staleAfterMs: 5 * MINUTE, github: { ...github, token } };
  const judge = createStalenessCheck(deps, { action, ...proof }, broken);
  /** Looks at the lock every second, as a waiter does. */
  const look = async (lock: FoundLock, ms: number) => {
    for (let at = 0; at < ms; at += 1_000) {
      judge.consider(lock);
      await clock.advance(1_000);
    }
  };
  return { judge, clock, asked, said, debugged, broken, look, interrupt };
}

describe('with stale_lock: break', () => {
  it('a lock is asked about at once, without waiting for the answer, and then judged by it', async () => {
    const { judge, asked } = judgeWith('break', [ended]);
    const first = judge.consider(itemWithout);
    expect(first.kind).toBe('asking');
    await (first.kind === 'asking' && first.answer);
    expect(judge.consider(itemWithout).kind).toBe('stale');
    expect(asked).toMatchObject([{ runId: 123, apiUrl: github.apiUrl }]);
  });

  it('a watch is told once, and the takeover names the holder', async () => {
    const { judge, said, look } = judgeWith('break', [ended]);
    await look(itemWith(7), 60_000);
    expect(said).toEqual([expect.stringContaining('Watching for 59s')]);
    expect(judge.consider(itemWith(7)).kind).toBe('stale');
    expect(said[1]).toMatch(/^The lock of alice@laptop .*runs\/123.* is stale: .*stood still for 1m/);
  });

  it('each change of the evidence is one line of the debug log', async () => {
    const { judge, debugged, look } = judgeWith('break', [ended]);
    await look(itemWith(7), 60_000);
    judge.consider(itemWith(7));
    expect(debugged).toEqual([
      'Decision on stale evidence: none, its run was not looked up',
      expect.stringContaining('Decision on stale evidence: watching, '),
      expect.stringMatching(/^Decision on stale evidence: stale, .*stood still/),
    ]);
  });

  it('GitHub is asked every 30 s while the run goes on, and never again once it has ended', async () => {
    const { asked, look } = judgeWith('break', [{ kind: 'running' }, { kind: 'running' }, ended]);
    await look(itemWithout, 10 * MINUTE);
    expect(asked.length).toBe(3);
  });

  it('a lock that beats is asked about once', async () => {
    const { judge, asked, look } = judgeWith('break', [{ kind: 'running' }]);
    for (let beats = 0; beats < 30; beats += 1) await look(itemWith(beats), 20_000);
    expect(asked.length).toBe(1);
    expect(await judge.finding(itemWith(30).holder)).toMatchObject({ stale: false, isBreaking: true });
  });

  it('an answer about a holder that has gone counts for nobody', async () => {
    const { judge } = judgeWith('break', [ended]);
    const first = judge.consider(itemWithout);
    const next = itemWith(1, 20_000, 'next');
    judge.consider(next);
    await (first.kind === 'asking' && first.answer);
    expect(judge.consider(next).kind).toBe('wait');
    expect(await judge.finding(next.holder)).toBeUndefined();
  });

  it('the next holder is asked about 30 s later, or at once where we broke the lock before', async () => {
    const { judge, asked, broken, look } = judgeWith('break', [ended]);
    await look(itemWithout, 1_000);
    const next = itemWith(1, 20_000, 'next');
    await look(next, 10_000);
    expect(asked.length).toBe(1);
    broken.push(itemWithout);
    await look(next, 10_000);
    expect(asked.length).toBe(2);
    expect(judge.consider(next).kind).toBe('watching');
  });

  it("a person's lock is never asked about, and why it stays is said", async () => {
    const { judge, asked, look } = judgeWith('break', [ended]);
    await look(laptopsItem, 10 * MINUTE);
    expect(asked).toEqual([]);
    expect(await judge.finding(laptopsItem.holder)).toEqual({
      stale: undefined,
      isBreaking: true,
      reason: { kind: 'names_no_run' },
    });
  });

  it('a question that is under way ends with the judge, and with the step', async () => {
    for (const end of ['close', 'interrupt'] as const) {
      const { judge, asked, interrupt } = judgeWith('break', ['hangs']);
      const first = judge.consider(itemWithout);
      if (end === 'close') judge.close();
      else interrupt.abort();
      await (first.kind === 'asking' && first.answer);
      expect(asked[0]?.signal.aborted).toBe(true);
    }
  });
});

describe('with stale_lock: report', () => {
  it('nothing is asked before the end, and then once', async () => {
    const { judge, asked, look } = judgeWith('report', [ended]);
    await look(itemWithout, MINUTE);
    expect(judge.consider(itemWithout)).toEqual({ kind: 'wait' });
    expect(asked).toEqual([]);
    const proof = { endedMs: 10 * MINUTE, stillMs: undefined };
    expect(await judge.finding(itemWithout.holder)).toEqual({ stale: true, proof, isBreaking: false });
    expect(asked.length).toBe(1);
  });

  it('a heartbeat that stood still while we waited is a proof, one that was seen once is none', async () => {
    const { judge, look } = judgeWith('report', [ended]);
    judge.consider(itemWith(7));
    expect(await judge.finding(itemWith(7).holder)).toMatchObject({
      stale: undefined,
      reason: { kind: 'heartbeat_unwatched', watchMs: MINUTE },
    });
    await look(itemWith(7), 61_000);
    expect(await judge.finding(itemWith(7).holder)).toMatchObject({ stale: true });
  });

  it("a person's lock is not looked up, nor any lock without a token", async () => {
    for (const [lock, token] of [
      [laptopsItem, 't'],
      [itemWithout, undefined],
    ] as const) {
      const { judge, asked } = judgeWith('report', [ended], token);
      judge.consider(lock);
      expect(await judge.finding(lock.holder)).toBeUndefined();
      expect(asked).toEqual([]);
    }
  });

  it('a run that goes on is said to, and what GitHub refuses is told', async () => {
    const running = judgeWith('report', [{ kind: 'running' }]);
    running.judge.consider(itemWithout);
    expect(await running.judge.finding(itemWithout.holder)).toMatchObject({ stale: false });
    const unknown = judgeWith('report', [{ kind: 'unknown', problem: { kind: 'no_such_run' } }]);
    unknown.judge.consider(itemWithout);
    expect(await unknown.judge.finding(itemWithout.holder)).toEqual({
      stale: undefined,
      reason: { kind: 'run_unknown', problem: { kind: 'no_such_run' } },
      isBreaking: false,
    });
  });
});
