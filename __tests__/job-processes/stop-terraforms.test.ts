import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jobTerraforms } from '../../src/job-processes/job-terraforms.ts';
import { phaseAt, stopTerraforms } from '../../src/job-processes/stop-terraforms.ts';
import type { Session } from '../../src/job-state/saved-state.ts';
import { systemProcesses } from '../../src/runner/processes.ts';
import { actionsRunner } from '../../src/runner/runner.ts';
import type { RunningTerraform } from '../../src/runner/running-terraform.ts';
import { fakeMachine, makeSession, runningTerraform } from '../job-state/support.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const OWN = runningTerraform({ trackingId: 'github_1' });

/** How a Terraform reacts to a signal: it ends that many ms later; undefined: never. */
type Nature = Partial<Record<NodeJS.Signals, number>>;

interface Case {
  readonly natures: readonly Nature[];
  readonly canSignal?: boolean;
  readonly interruptedAt?: number;
  readonly temp?: string;
  /** How long it takes to list the processes, in ms. */
  readonly lookMs?: number;
}

/** Stops Terraforms with these reactions. */
async function stop({ natures, canSignal = true, interruptedAt, temp = '', lookMs = 0 }: Case) {
  const clock = createFakeClock({ autoAdvance: true });
  const interrupt = new AbortController();
  const messages: string[] = [];
  const sent: string[] = [];
  const ends = natures.map(() => Number.POSITIVE_INFINITY);
  const say = (text: string): void => void messages.push(text);
  const deps = {
    runner: { ...actionsRunner, info: say, warning: say },
    clock,
    signal: interrupt.signal,
    env: { RUNNER_TEMP: temp },
    processes: {
      ...systemProcesses,
      signal: (pid: number, name: NodeJS.Signals) => {
        sent.push(`${name} to ${pid} at ${clock.monotonic()}`);
        const after = natures[pid]?.[name];
        if (after !== undefined) ends[pid] = Math.min(ends[pid] ?? 0, clock.monotonic() + after);
      },
    },
  };
  const look = async () => {
    if (interruptedAt !== undefined && clock.monotonic() >= interruptedAt)
      interrupt.abort(new Error('cancelled'));
    if (lookMs > 0) await clock.sleep(lookMs, new AbortController().signal);
    const pids = natures.map((_, pid) => pid).filter((pid) => clock.monotonic() < (ends[pid] ?? 0));
    return pids.map((pid) => ({ ...runningTerraform({ pid }), canSignal }));
  };
  const end = await stopTerraforms(deps, look);
  return { ...end, sent, messages: messages.join('\n'), took: clock.monotonic() };
}

describe('the Terraforms of a job that has ended', () => {
  it('cause no action or message when there are none', async () => {
    expect(await stop({ natures: [] })).toEqual({
      seen: [],
      left: [],
      isForced: false,
      sent: [],
      messages: '',
      took: 0,
    });
  });

  it('get one SIGINT each, immediately, and the time that they need to stop', async () => {
    const { sent, took, isForced, left } = await stop({ natures: [{ SIGINT: 90_000 }, { SIGINT: 1_000 }] });
    expect(sent).toEqual(['SIGINT to 0 at 0', 'SIGINT to 1 at 0']);
    expect({ took, isForced, left }).toEqual({ took: 90_000, isForced: false, left: [] });
  });

  it('get SIGTERM after 2 min and SIGKILL 10 s later', async () => {
    const { sent, isForced, messages } = await stop({ natures: [{ SIGTERM: 500 }, { SIGKILL: 0 }] });
    expect(sent).toEqual([
      'SIGINT to 0 at 0',
      'SIGINT to 1 at 0',
      'SIGTERM to 0 at 120000',
      'SIGTERM to 1 at 120000',
      'SIGKILL to 1 at 130000',
    ]);
    expect(isForced).toBe(true);
    expect(messages).toContain('did not stop in time, so the action kills it');
  });

  it('get each signal on time, however long it takes to see what still runs', async () => {
    for (const lookMs of [1, 70, 170, 190]) {
      const { sent, took } = await stop({ natures: [{}], lookMs });
      const times = sent.map((line) => Number(line.split(' at ')[1]));
      expect(times).toEqual([lookMs, 120_000 + lookMs, 130_000 + lookMs].map((ms) => expect.closeTo(ms, -1)));
      expect(took).toBeLessThanOrEqual(132_000 + 2 * lookMs);
    }
  });

  it("are given up when nothing ends them, in time for post's remaining work", async () => {
    const { left, took } = await stop({ natures: [{}] });
    expect(left).toHaveLength(1);
    expect(took).toBe(132_000);
  });

  it("of other users, which can't be signalled, are awaited, and given up when they don't end", async () => {
    const { left, took, sent, messages, isForced } = await stop({ natures: [{}], canSignal: false });
    expect({ left: left?.length, took, sent, isForced }).toEqual({
      left: 1,
      took: 120_000,
      sent: [],
      isForced: false,
    });
    expect(messages).toContain("can't send it a signal");
  });

  it('are ended immediately when post is interrupted, since the runner kills it soon', async () => {
    const { sent, took } = await stop({ natures: [{ SIGKILL: 0 }], interruptedAt: 5_000 });
    expect(sent.map((line) => line.split(' ')[0])).toEqual(['SIGINT', 'SIGTERM', 'SIGKILL']);
    expect(took).toBeLessThan(5_500);
  });

  it("never get a second SIGINT, not even from another hold's post: that would make Terraform drop its work", async () => {
    const temp = mkdtempSync(join(tmpdir(), 'asked-'));
    onTestFinished(() => rmSync(temp, { recursive: true }));
    const asked = async () =>
      (await stop({ natures: [{}], temp })).sent.filter((line) => line.startsWith('SIGINT'));
    expect(await asked()).toHaveLength(1);
    expect(await asked()).toHaveLength(0);
  });

  it('get SIGINT, SIGTERM and SIGKILL in this order, and are then given up, in bounded time', () => {
    const order = ['SIGINT', 'SIGTERM', 'SIGKILL', 'over'];
    const moment = fc.nat(200_000);
    fc.assert(
      fc.property(moment, moment, fc.option(moment, { nil: undefined }), (one, other, hurriedAt) => {
        const [early, late] = [Math.min(one, other), Math.max(one, other)].map((at) =>
          order.indexOf(phaseAt(at, hurriedAt)),
        );
        expect(early).toBeLessThanOrEqual(late ?? -1);
        expect(phaseAt(132_000, hurriedAt)).toBe('over');
        if (hurriedAt !== undefined) expect(phaseAt(hurriedAt + 1_200, hurriedAt)).toBe('over');
      }),
    );
  });
});

describe('whether a Terraform belongs to a job and its state', () => {
  const session = (pull: boolean): Session =>
    makeSession({
      pull,
      startedAt: 0,
      privateDirectory: '/tmp/terraform-s3-state-a',
      stateDirectory: '/tmp/terraform-s3-state/a',
    });
  const isTaken = async (terraform: RunningTerraform, pull: boolean): Promise<boolean> => {
    const machine = fakeMachine({ terraforms: async () => [terraform] });
    const found = await jobTerraforms({ env: { RUNNER_TRACKING_ID: 'github_1' }, machine }, session(pull));
    return found?.length === 1;
  };
  const another = ['/tmp/terraform-s3-state-b/terraform.tfstate'];

  it.each<[string, Partial<RunningTerraform>, boolean, boolean]>([
    ['of the job', OWN, true, true],
    ['of another job', { trackingId: 'github_2' }, false, false],
    ['of nobody', {}, false, false],
    ['of another user, with the state open', { canSignal: false, hasStateOpen: true }, true, true],
    ['of the job, on the state of another hold', { ...OWN, openStates: another }, false, false],
    ['of the job, on a local state', { ...OWN, openStates: ['/src/terraform.tfstate'] }, true, true],
  ])('%s', async (_, change, whenPulled, otherwise) => {
    expect(await isTaken(runningTerraform(change), true)).toBe(whenPulled);
    expect(await isTaken(runningTerraform(change), false)).toBe(otherwise);
  });
});
