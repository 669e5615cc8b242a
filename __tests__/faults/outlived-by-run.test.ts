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
/** Three intervals, as in src/staleness/heartbeat.ts. */
const WATCH_MS = 3 * BEAT_MS;
/** Twice as long as a heartbeat may stand still. */
const AT_WORK_MS = 2 * WATCH_MS;
/** The two steps, and the concurrent heartbeat, state check and watch. */
const TASKS = 4;
/** Above the highest process id of Linux. */
const NO_WORKER = 4_194_305;

/** The outcome of the waiting job, and its time. */
interface Waiter {
  readonly end: StepEnd;
  readonly tookAt: number;
}

/** GitHub reports a run as completed while its job still works: only the heartbeat shows that to a waiting job. */
describe.skipIf(inject('motoUrl') === undefined)(
  'a job that outlives its run while another waits to break its lock',
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

    /** The same state on another machine, where a job waits for its lock. */
    async function waitFor(testbed: Testbed, time: StoryTime): Promise<Waiter> {
      const elsewhere = { ...bench, proxy: otherProxy, newKey: () => testbed.key };
      const job = await createFaultJob(createTestbed(elsewhere, WITH_KEYS));
      const inputs = { stale_lock: 'break', lock_timeout: '30m' };
      const end = await runStory(elsewhere, { entry: 'main', job, inputs, time });
      expectGreen(end, 'the waiting job');
      return { end, tookAt: time.clock.monotonic() };
    }

    const pulledBy = ({ end }: Waiter) => readFile(end.outputs.state_path ?? '', 'utf8');
    /** S3 refuses states for a while, which keeps post at work. */
    const outage: Fate = (name, now) =>
      name === 'PutObject state' && now < AT_WORK_MS ? 'reset-before' : undefined;

    it('keeps its lock while its post works, and the waiting job gets it after the release', async () => {
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

    it('loses its lock when its post dies, after the heartbeat stood still for three intervals and no sooner', async () => {
      const { testbed, job } = await outlivedJob();
      const time = createSharedTime(TASKS);
      const dying = killedAt(time, AT_WORK_MS / 2);
      void runStory(bench, { entry: 'post', job, inputs: {}, time: dying }, outage);
      const waiter = await waitFor(testbed, time);
      expect(waiter.end.log).toContain('Took over');
      expectInTime(waiter, AT_WORK_MS / 2);
      expect(await pulledBy(waiter)).toBe(stateText());
    });

    it('keeps its lock until its Terraform ends when its runner is gone, and nothing is lost', async () => {
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
      // One check more, since a script may run several.
      expectInTime(waiter, AT_WORK_MS + BEAT_MS);
      expect(await pulledBy(waiter)).toBe(MADE);
    });

    /** A job whose last heartbeat was within an interval before that moment. */
    function expectInTime({ tookAt }: Waiter, lastSignMs: number): void {
      expect(tookAt).toBeGreaterThan(lastSignMs - BEAT_MS + WATCH_MS);
      expect(tookAt).toBeLessThan(lastSignMs + BEAT_MS + WATCH_MS);
    }
  },
);
