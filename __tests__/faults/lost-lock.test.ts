import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findStatePath } from '../../src/job-processes/job-terraforms.ts';
import { readSavedState } from '../../src/job-state/saved-state.ts';
import { s3Error } from '../packaged/faults.ts';
import { appliedState, stateText } from '../packaged/states.ts';
import { md5 } from '../packaged/support.ts';
import { declareDead, expectAtRest, expectGreen, writeState } from './aftercare.ts';
import { type FaultBench, openFaultBench } from './bench.ts';
import { callName } from './calls.ts';
import { findLockId } from './check-aftermath.ts';
import { createFaultJob, type FaultJob, type StepEnd } from './fake-job.ts';
import { BOTH, FILE_ONLY, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import { createTestbed, type Testbed, type TestbedSettings } from './testbed.ts';
import type { Weather } from './wire.ts';

/** What a Terraform writes from the state that it read before the job's push, and after it. */
const FROM_BEFORE = stateText({ serial: 9, resources: ['theirs'] });
const FROM_OURS = appliedState({ serial: 9 });
/** What a job whose lock is lost still writes. */
const MADE_SINCE = appliedState({ serial: 10 });
const SEED = stateText();
const MADE = appliedState();
const THEIRS = JSON.stringify({ ID: 'theirs', Operation: 'OperationTypeApply', Who: 'alice@laptop' });
const SLOW_DOWN = s3Error(503, 'SlowDown', 'Please reduce your request rate.');
const STORES: [string, TestbedSettings][] = [
  ['lock item', WITH_KEYS],
  ['lock file', FILE_ONLY],
  ['both', BOTH],
];

/** What happens at the first push of the state, before the server gets it. */
function atFirstPush(happens: () => Promise<void>, fault?: ReturnType<Weather>): Weather {
  let isFirst = true;
  return async (record) => {
    if (callName(record) !== 'PutObject state' || !isFirst) return undefined;
    isFirst = false;
    await happens();
    return fault;
  };
}

/** The current path of a job's state. */
async function findJobStatePath(job: FaultJob): Promise<string | undefined> {
  const saved = readSavedState(job.environment('post'));
  return saved && findStatePath(saved.session);
}

function bySerial(one: string, other: string): number {
  return serialIn(one) - serialIn(other);
}

function serialIn(text: string): number {
  return Number(/"serial": (\d+)/.exec(text)?.[1]);
}

/** A lock that is lost midway: the job's state is never lost with it, and never reported as safe. */
describe.skipIf(inject('motoUrl') === undefined)('a lock that is lost', () => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = await openFaultBench(inject('motoUrl') ?? '');
  });
  afterAll(() => bench.close());

  /** A job after its main step and its Terraform, on a state of its own. */
  async function jobIn(settings: TestbedSettings): Promise<{ testbed: Testbed; job: FaultJob }> {
    const testbed = createTestbed(bench, settings);
    await testbed.seed(SEED);
    const job = await createFaultJob(testbed);
    const inputs = { checkpoint_interval: '20s' };
    const main = await runStory(bench, { entry: 'main', job, inputs });
    expectGreen(main, 'main');
    await writeState(main.outputs.state_path, MADE);
    job.saved.path = main.outputs.state_path ?? '';
    return { testbed, job };
  }

  const rescuedTexts = async (testbed: Testbed) =>
    [...new Set((await testbed.rescued()).map(({ text }) => text))].sort(bySerial);

  function step(entry: 'checkpointer' | 'post', job: FaultJob, weather?: Weather): Promise<StepEnd> {
    bench.reset();
    return runStory(bench, { entry, job, inputs: {}, ...(weather === undefined ? {} : { weather }) });
  }
  const pushes = () => bench.proxy.requests.filter((record) => callName(record) === 'PutObject state');

  async function expectKept(testbed: Testbed, post: StepEnd, now: { object: string; locks: string[] }) {
    expect(post.isRed, post.log).toBe(true);
    const { object, digest, locks } = await testbed.facts();
    expect(object).toBe(now.object);
    if (testbed.settings.table) expect(digest).toBe(md5(now.object));
    expect([...new Set(locks)]).toEqual(now.locks);
    const [copy] = await testbed.rescued();
    expect(copy?.text).toBe(MADE);
    expect(post.log).toContain(copy?.key);
  }

  describe.each(STORES)('%s', (_, settings) => {
    it("between two tries of post's push: the second is never sent, and the state is kept", async () => {
      const { testbed, job } = await jobIn(settings);
      const weather = atFirstPush(() => testbed.putLock(THEIRS), SLOW_DOWN);
      const post = await step('post', job, weather);
      expect(pushes().length).toBe(1);
      await expectKept(testbed, post, { object: SEED, locks: [THEIRS] });
    });

    it.each([
      ['after its bytes were stored', 'reset-after', MADE, 'but its state was stored'],
      ['before anybody could know whether it arrived', 'reset-before', SEED, 'may still be stored'],
    ] as const)("during post's push, %s: the error says so", async (_, fault, object, words) => {
      const { testbed, job } = await jobIn(settings);
      const post = await step(
        'post',
        job,
        atFirstPush(() => testbed.putLock(THEIRS), fault),
      );
      expect(pushes().length).toBe(1);
      expect(post.isRed, post.log).toBe(true);
      expect((await testbed.facts()).object).toBe(object);
      expect((await testbed.rescued()).map(({ text }) => text)).toEqual([MADE]);
      expect(post.log).toContain(words);
      expect(post.log).not.toMatch(/nothing was pushed|could not be pushed/);
    });

    it('after a checkpoint, and then the job changes the state again: the error says what S3 has', async () => {
      const { testbed, job } = await jobIn(settings);
      await step('checkpointer', job);
      await testbed.putLock(THEIRS);
      await writeState(job.saved.path, MADE_SINCE);
      const post = await step('post', job);
      expect(post.isRed, post.log).toBe(true);
      expect(post.log).toContain('so what changed after its last checkpoint was not pushed');
      expect(post.log).not.toContain('nothing was pushed');
      expect(await testbed.facts()).toMatchObject({ object: MADE });
      expect((await testbed.rescued()).map(({ text }) => text)).toEqual([MADE_SINCE]);
    });

    it("between two tries of the checkpointer's push: the second is never sent, and post keeps the state", async () => {
      const { testbed, job } = await jobIn(settings);
      await step(
        'checkpointer',
        job,
        atFirstPush(() => testbed.putLock(THEIRS), SLOW_DOWN),
      );
      expect(pushes().length).toBe(1);
      await expectKept(testbed, await step('post', job), { object: SEED, locks: [THEIRS] });
    });

    it("between the checkpointer's check and its push, to a Terraform that had read the earlier state", async () => {
      const { testbed, job } = await jobIn(settings);
      await step(
        'checkpointer',
        job,
        atFirstPush(() => testbed.putLock(THEIRS)),
      );
      await testbed.seed(FROM_BEFORE);
      await testbed.freeLock(THEIRS);
      await expectKept(testbed, await step('post', job), { object: FROM_BEFORE, locks: [] });
    });

    it("between the checkpointer's check and its push, to a Terraform that has not written yet", async () => {
      const { testbed, job } = await jobIn(settings);
      await step(
        'checkpointer',
        job,
        atFirstPush(() => testbed.putLock(THEIRS)),
      );
      await expectKept(testbed, await step('post', job), { object: MADE, locks: [THEIRS] });
    });

    it('after a checkpoint, to a Terraform that continued from it: nothing is lost, and post succeeds', async () => {
      const { testbed, job } = await jobIn(settings);
      await step('checkpointer', job);
      await testbed.putLock(THEIRS);
      await testbed.seed(FROM_OURS);
      const post = await step('post', job);
      expectGreen(post, 'post');
      expect(post.hasWarned).toBe(true);
      expect(await testbed.facts()).toMatchObject({ object: FROM_OURS });
      expect(await testbed.rescued()).toEqual([]);
    });

    it('after a checkpoint that an older state then replaces: that state is not recognised as derived from ours', async () => {
      const { testbed, job } = await jobIn(settings);
      await step('checkpointer', job);
      await testbed.putLock(THEIRS);
      await testbed.seed(SEED);
      await expectKept(testbed, await step('post', job), { object: SEED, locks: [THEIRS] });
    });

    it('to a job on the same machine, which has the state directory now: each uses its own file', async () => {
      const { testbed, job } = await jobIn(settings);
      declareDead(testbed, job);
      const successor = await createFaultJob(testbed);
      const inputs = { stale_lock: 'break', checkpoint_interval: '20s' };
      const main = await runStory(bench, { entry: 'main', job: successor, inputs });
      expectGreen(main, "the successor's main");
      expect(main.outputs.state_path).toBe(job.saved.path);
      await writeState(main.outputs.state_path, FROM_OURS);

      // Our Terraform continues at its file's new path.
      await writeState(await findJobStatePath(job), MADE_SINCE);

      await step('checkpointer', job);
      expect(pushes()).toEqual([]);
      expect(await rescuedTexts(testbed)).toEqual([MADE, MADE_SINCE]);
      expectGreen(await step('checkpointer', successor), "the successor's checkpointer");
      expect(await testbed.facts()).toMatchObject({ object: FROM_OURS });
      const late = await step('post', job);
      expect(late.isRed, late.log).toBe(true);
      expectGreen(await step('post', successor), "the successor's post");
      await expectAtRest(testbed, FROM_OURS);
      expect(await rescuedTexts(testbed)).toEqual([MADE, MADE_SINCE]);
    });

    it('never, but somebody overwrites the last checkpoint without it: post detects that and keeps the state', async () => {
      const { testbed, job } = await jobIn(settings);
      await step('checkpointer', job);
      await testbed.seed(FROM_OURS);
      await expectKept(testbed, await step('post', job), { object: FROM_OURS, locks: [] });
      expect(findLockId(job)).toBeDefined();
    });
  });
});
