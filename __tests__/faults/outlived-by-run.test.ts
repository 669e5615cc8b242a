import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fakeMachine, runningTerraform } from '../job-state/support.ts';
import { appliedState, stateText } from '../packaged/states.ts';
import { type FaultProxy, startProxy } from '../support/proxy.ts';
import { declareDead, expectGreen, writeState } from './aftercare.ts';
import { type FaultBench, openFaultBench } from './bench.ts';
import { createFaultJob, type FaultJob, type StepEnd } from './fake-job.ts';
import { WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import { createSharedTime, killedAt, type StoryTime } from './story-time.ts';
import { createTestbed, type Testbed } from './testbed.ts';
import type { Fate } from './wire.ts';

const MADE = appliedState();
const BEAT_MS = 20_000;
/** Three intervals, as src/staleness/heartbeat.ts has it. */
const WATCH_MS = 3 * BEAT_MS;
/** Twice as long as a heart may stand still. */
const AT_WORK_MS = 2 * WATCH_MS;
/** The two steps, and the heartbeat, the look at the state and the watch that go on beside one of them. */
const TASKS = 4;
/** Above the highest process id of Linux. */
const NO_WORKER = 4_194_305;

/** What the waiting job came to, and when. */
interface Waiter {
  readonly end: StepEnd;
  readonly tookAt: number;
}

/** GitHub calls a run completed while its job still works: nothing but the heartbeat tells a waiting job that it does. */
describe.skipIf(inject('motoUrl') === undefined)(
  'a job that its run is over for, while another waits to break its lock',
  () => {
    let bench: FaultBench;
    let otherProxy: FaultProxy;
    beforeAll(async () => {
      const motoUrl = inject('motoUrl') ?? '';
      bench = await openFaultBench(motoUrl);
      otherProxy = await startProxy(motoUrl);
    });
    afterAll(async () => {
      await otherProxy.stop();
      await bench.close();
    });

    /** A job after its main step and its Terraform, whose run is completed. */
    async function outlivedJob(): Promise<{ testbed: Testbed; job: FaultJob }> {
      bench.reset();
      const testbed = createTestbed(bench, WITH_KEYS);
      await testbed.seed(stateText());
      const job = await createFaultJob(testbed);
      const main = await runStory(bench, { entry: 'main', job, inputs: { checkpoint_interval: '20s' } });
      expectGreen(main, 'main');
      await writeState(main.outputs.state_path, MADE);
      declareDead(testbed, job);
      return { testbed, job };
    }

    /** The same state as another machine sees it, where a job waits for its lock. */
    async function waitFor(testbed: Testbed, time: StoryTime): Promise<Waiter> {
      const elsewhere = { ...bench, proxy: otherProxy, newKey: () => testbed.key };
      const job = await createFaultJob(createTestbed(elsewhere, WITH_KEYS));
      const inputs = { stale_lock: 'break', lock_timeout: '30m' };
      const end = await runStory(elsewhere, { entry: 'main', job, inputs, time });
      expectGreen(end, 'the waiting job');
      return { end, tookAt: time.clock.monotonic() };
    }

    const pulledBy = ({ end }: Waiter) => readFile(end.outputs.state_path ?? '', 'utf8');
    /** S3 takes no state for a while, which keeps post at work. */
    const outage: Fate = (name, now) =>
      name === 'PutObject state' && now < AT_WORK_MS ? 'reset-before' : undefined;

    it('its post works on: the lock is not broken, and goes to the waiting job once it is released', async () => {
      const { testbed, job } = await outlivedJob();
      const time = createSharedTime(TASKS);
      const post = runStory(bench, { entry: 'post', job, inputs: {}, time }, outage);
      const waiter = await waitFor(testbed, time);
      expectGreen(await post, 'post');
      expect(waiter.end.log).toContain('Watching its heartbeat for');
      expect(waiter.end.log).not.toContain('Took over');
      expect(waiter.tookAt).toBeGreaterThanOrEqual(AT_WORK_MS);
      expect(await pulledBy(waiter)).toBe(MADE);
    });

    it('its post dies: the lock is broken once its heart stood still for three beats, and no sooner', async () => {
      const { testbed, job } = await outlivedJob();
      const time = createSharedTime(TASKS);
      const dying = killedAt(time, AT_WORK_MS / 2);
      void runStory(bench, { entry: 'post', job, inputs: {}, time: dying }, outage);
      const waiter = await waitFor(testbed, time);
      expect(waiter.end.log).toContain('Took over');
      expectInTime(waiter, AT_WORK_MS / 2);
      expect(await pulledBy(waiter)).toBe(stateText());
    });

    it('its runner is gone, and its Terraform goes on: the lock is broken only after that, and nothing is lost', async () => {
      const { testbed, job } = await outlivedJob();
      const time = createSharedTime(TASKS);
      const terraforms = async () =>
        time.clock.monotonic() < AT_WORK_MS ? [runningTerraform({ hasStateOpen: true })] : [];
      const machine = fakeMachine({ terraforms });
      const checkpointer = runStory(bench, {
        entry: 'checkpointer',
        job,
        inputs: {},
        time,
        machine,
        workerPid: NO_WORKER,
      });
      const waiter = await waitFor(testbed, time);
      await checkpointer;
      expect(waiter.end.log).toContain('Took over');
      // One look more, since a script may run several.
      expectInTime(waiter, AT_WORK_MS + BEAT_MS);
      expect(await pulledBy(waiter)).toBe(MADE);
    });

    /** A job whose heart beat last within an interval before that moment. */
    function expectInTime({ tookAt }: Waiter, lastSignMs: number): void {
      expect(tookAt).toBeGreaterThan(lastSignMs - BEAT_MS + WATCH_MS);
      expect(tookAt).toBeLessThan(lastSignMs + BEAT_MS + WATCH_MS);
    }
  },
);
