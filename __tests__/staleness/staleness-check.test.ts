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

/** A check whose GitHub gives these answers and then repeats the last one. */
function createCheck(
  action: 'report' | 'break',
  answers: (RunStatus | 'hangs')[],
  ...tokens: (string | undefined)[]
) {
  const [token] = tokens.length === 0 ? ['t'] : tokens;
  const clock = createFakeClock({ startEpochMs: NOW });
  const asked: { runId: number; apiUrl: string; signal: AbortSignal }[] = [];
  const messages: string[] = [];
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
    info: (text: string) => void messages.push(text),
    debug: (text: string) => void debugged.push(text),
  };
  const deps = { clock, lookUpRun, signal: interrupt.signal, runner };
  const proof = { staleAfterMs: 5 * MINUTE, github: { ...github, token } };
  const check = createStalenessCheck(deps, { action, ...proof }, broken);
  /** Looks at the lock every second, as a waiter does. */
  const look = async (lock: FoundLock, ms: number) => {
    for (let at = 0; at < ms; at += 1_000) {
      check.consider(lock);
      await clock.advance(1_000);
    }
  };
  return { check, clock, asked, messages, debugged, broken, look, interrupt };
}

describe('with stale_lock: break', () => {
  it("the check queries a lock's run immediately, doesn't wait for the answer, and then decides by it", async () => {
    const { check, asked } = createCheck('break', [ended]);
    const first = check.consider(itemWithout);
    expect(first.kind).toBe('asking');
    await (first.kind === 'asking' && first.answer);
    expect(check.consider(itemWithout).kind).toBe('stale');
    expect(asked).toMatchObject([{ runId: 123, apiUrl: github.apiUrl }]);
  });

  it('the check reports a watch once, and the takeover names the holder', async () => {
    const { check, messages, look } = createCheck('break', [ended]);
    await look(itemWith(7), 60_000);
    expect(messages).toEqual([expect.stringContaining('Watching its heartbeat for 59s')]);
    expect(check.consider(itemWith(7)).kind).toBe('stale');
    expect(messages[1]).toMatch(
      /^The lock is held by alice@laptop .*runs\/123.* It is stale: .*stood still for 1m/,
    );
  });

  it('each change of the evidence is one line in the debug log', async () => {
    const { check, debugged, look } = createCheck('break', [ended]);
    await look(itemWith(7), 60_000);
    check.consider(itemWith(7));
    expect(debugged).toEqual([
      'Decision on stale evidence: none, its run was not looked up',
      expect.stringContaining('Decision on stale evidence: watching, '),
      expect.stringMatching(/^Decision on stale evidence: stale, .*stood still/),
    ]);
  });

  it('the check queries GitHub every 30 s while the run continues, and not after its end', async () => {
    const { asked, look } = createCheck('break', [{ kind: 'running' }, { kind: 'running' }, ended]);
    await look(itemWithout, 10 * MINUTE);
    expect(asked.length).toBe(3);
  });

  it('the check queries a lock with a moving heartbeat once', async () => {
    const { check, asked, look } = createCheck('break', [{ kind: 'running' }]);
    for (let beats = 0; beats < 30; beats += 1) await look(itemWith(beats), 20_000);
    expect(asked.length).toBe(1);
    expect(await check.finding(itemWith(30).holder)).toMatchObject({ stale: false, isBreaking: true });
  });

  it('an answer about a former holder counts for nobody', async () => {
    const { check } = createCheck('break', [ended]);
    const first = check.consider(itemWithout);
    const next = itemWith(1, 20_000, 'next');
    check.consider(next);
    await (first.kind === 'asking' && first.answer);
    expect(check.consider(next).kind).toBe('wait');
    expect(await check.finding(next.holder)).toBeUndefined();
  });

  it('the check queries the next holder 30 s later, or immediately after we broke a lock', async () => {
    const { check, asked, broken, look } = createCheck('break', [ended]);
    await look(itemWithout, 1_000);
    const next = itemWith(1, 20_000, 'next');
    await look(next, 10_000);
    expect(asked.length).toBe(1);
    broken.push(itemWithout);
    await look(next, 10_000);
    expect(asked.length).toBe(2);
    expect(check.consider(next).kind).toBe('watching');
  });

  it("the check never queries a person's lock, and says why it stays", async () => {
    const { check, asked, look } = createCheck('break', [ended]);
    await look(laptopsItem, 10 * MINUTE);
    expect(asked).toEqual([]);
    expect(await check.finding(laptopsItem.holder)).toEqual({
      stale: undefined,
      isBreaking: true,
      reason: { kind: 'names_no_run' },
    });
  });

  it('a pending query ends with the check and with the step', async () => {
    for (const end of ['close', 'interrupt'] as const) {
      const { check, asked, interrupt } = createCheck('break', ['hangs']);
      const first = check.consider(itemWithout);
      if (end === 'close') check.close();
      else interrupt.abort();
      await (first.kind === 'asking' && first.answer);
      expect(asked[0]?.signal.aborted).toBe(true);
    }
  });
});

describe('with stale_lock: report', () => {
  it('the check queries only once, at the end', async () => {
    const { check, asked, look } = createCheck('report', [ended]);
    await look(itemWithout, MINUTE);
    expect(check.consider(itemWithout)).toEqual({ kind: 'wait' });
    expect(asked).toEqual([]);
    const proof = { endedMs: 10 * MINUTE, stillMs: undefined };
    expect(await check.finding(itemWithout.holder)).toEqual({ stale: true, proof, isBreaking: false });
    expect(asked.length).toBe(1);
  });

  it("a heartbeat that stood still during the wait is proof, but one seen only once isn't", async () => {
    const { check, look } = createCheck('report', [ended]);
    check.consider(itemWith(7));
    expect(await check.finding(itemWith(7).holder)).toMatchObject({
      stale: undefined,
      reason: { kind: 'heartbeat_unwatched', watchMs: MINUTE },
    });
    await look(itemWith(7), 61_000);
    expect(await check.finding(itemWith(7).holder)).toMatchObject({ stale: true });
  });

  it("the check doesn't query a person's lock, or any lock without a token", async () => {
    for (const [lock, token] of [
      [laptopsItem, 't'],
      [itemWithout, undefined],
    ] as const) {
      const { check, asked } = createCheck('report', [ended], token);
      check.consider(lock);
      expect(await check.finding(lock.holder)).toBeUndefined();
      expect(asked).toEqual([]);
    }
  });

  it('the check reports a running run and a refusal of GitHub', async () => {
    const running = createCheck('report', [{ kind: 'running' }]);
    running.check.consider(itemWithout);
    expect(await running.check.finding(itemWithout.holder)).toMatchObject({ stale: false });
    const unknown = createCheck('report', [{ kind: 'unknown', problem: { kind: 'no_such_run' } }]);
    unknown.check.consider(itemWithout);
    expect(await unknown.check.finding(itemWithout.holder)).toEqual({
      stale: undefined,
      reason: { kind: 'run_unknown', problem: { kind: 'no_such_run' } },
      isBreaking: false,
    });
  });
});
