import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findStatePath } from '../../src/job-processes/job-terraforms.ts';
import { readSavedState } from '../../src/job-state/saved-state.ts';
import { s3Error } from '../packaged/faults.ts';
import { appliedState, stateText } from '../packaged/states.ts';
import { md5 } from '../packaged/support.ts';
import { declareDead, expectAtRest, expectGreen, writeState } from './aftercare.ts';
import { type FaultBench, openFaultBench } from './bench.ts';
import { callName } from './calls.ts';
import { createFaultJob, type FaultJob, type StepEnd } from './fake-job.ts';
import { lockIdOf } from './judge.ts';
import { type Place, type PlaceSettings, placeIn } from './place.ts';
import { BOTH, FILE_ONLY, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import type { Weather } from './wire.ts';

/** What a Terraform makes of the state that it read before the job's was pushed, and after. */
const FROM_BEFORE = stateText({ serial: 9, resources: ['theirs'] });
const FROM_OURS = appliedState({ serial: 9 });
/** What a job whose lock is lost goes on to write. */
const MADE_SINCE = appliedState({ serial: 10 });
const SEED = stateText();
const MADE = appliedState();
const THEIRS = JSON.stringify({ ID: 'theirs', Operation: 'OperationTypeApply', Who: 'alice@laptop' });
const SLOW_DOWN = s3Error(503, 'SlowDown', 'Please reduce your request rate.');
const PLACES: [string, PlaceSettings][] = [
  ['lock item', WITH_KEYS],
  ['lock file', FILE_ONLY],
  ['both', BOTH],
];

/** What happens at the first push of the state, before the server gets it. */
function atFirstPush(happens: () => Promise<void>, verdict?: ReturnType<Weather>): Weather {
  let isFirst = true;
  return async (record) => {
    if (callName(record) !== 'PutObject state' || !isFirst) return undefined;
    isFirst = false;
    await happens();
    return verdict;
  };
}

/** Where a job's Terraform finds its state by now. */
async function statePathOf(job: FaultJob): Promise<string | undefined> {
  const saved = readSavedState(job.environment('post'));
  return saved && (await findStatePath(saved.session));
}

function bySerial(one: string, other: string): number {
  return serialIn(one) - serialIn(other);
}

function serialIn(text: string): number {
  return Number(/"serial": (\d+)/.exec(text)?.[1]);
}

/** A lock that is lost in the midst of things: the state of the job is never lost with it, and never called safe. */
describe.skipIf(inject('motoUrl') === undefined)('a lock that is lost', () => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = await openFaultBench(inject('motoUrl') ?? '');
  });
  afterAll(() => bench.close());

  /** A job after its main step and its Terraform, on a state of its own. */
  async function jobIn(settings: PlaceSettings): Promise<{ place: Place; job: FaultJob }> {
    const place = placeIn(bench, settings);
    await place.seed(SEED);
    const job = await createFaultJob(place);
    const inputs = { checkpoint_interval: '20s' };
    const main = await runStory(bench, { entry: 'main', job, inputs });
    expectGreen(main, 'main');
    await writeState(main.outputs.state_path, MADE);
    job.saved.path = main.outputs.state_path ?? '';
    return { place, job };
  }

  const rescuedTexts = async (place: Place) =>
    [...new Set((await place.rescued()).map(({ text }) => text))].sort(bySerial);

  function step(entry: 'checkpointer' | 'post', job: FaultJob, weather?: Weather): Promise<StepEnd> {
    bench.reset();
    return runStory(bench, { entry, job, inputs: {}, ...(weather === undefined ? {} : { weather }) });
  }
  const pushes = () => bench.proxy.requests.filter((record) => callName(record) === 'PutObject state');

  async function expectKept(place: Place, post: StepEnd, now: { object: string; locks: string[] }) {
    expect(post.isRed, post.log).toBe(true);
    const { object, digest, locks } = await place.facts();
    expect(object).toBe(now.object);
    if (place.settings.table) expect(digest).toBe(md5(now.object));
    expect([...new Set(locks)]).toEqual(now.locks);
    const [copy] = await place.rescued();
    expect(copy?.text).toBe(MADE);
    expect(post.log).toContain(copy?.key);
  }

  describe.each(PLACES)('%s', (_, settings) => {
    it("between two tries of post's push: the second is never sent, and the state kept", async () => {
      const { place, job } = await jobIn(settings);
      const weather = atFirstPush(() => place.putLock(THEIRS), SLOW_DOWN);
      const post = await step('post', job, weather);
      expect(pushes().length).toBe(1);
      await expectKept(place, post, { object: SEED, locks: [THEIRS] });
    });

    it("between two tries of the checkpointer's push: the second is never sent, and post keeps the state", async () => {
      const { place, job } = await jobIn(settings);
      await step(
        'checkpointer',
        job,
        atFirstPush(() => place.putLock(THEIRS), SLOW_DOWN),
      );
      expect(pushes().length).toBe(1);
      await expectKept(place, await step('post', job), { object: SEED, locks: [THEIRS] });
    });

    it("between the checkpointer's look and its push, to a Terraform that had read the state from before", async () => {
      const { place, job } = await jobIn(settings);
      await step(
        'checkpointer',
        job,
        atFirstPush(() => place.putLock(THEIRS)),
      );
      await place.seed(FROM_BEFORE);
      await place.freeLock(THEIRS);
      await expectKept(place, await step('post', job), { object: FROM_BEFORE, locks: [] });
    });

    it("between the checkpointer's look and its push, to a Terraform that has not written yet", async () => {
      const { place, job } = await jobIn(settings);
      await step(
        'checkpointer',
        job,
        atFirstPush(() => place.putLock(THEIRS)),
      );
      await expectKept(place, await step('post', job), { object: MADE, locks: [THEIRS] });
    });

    it('after a checkpoint, to a Terraform that went on from it: nothing is lost, and post is green', async () => {
      const { place, job } = await jobIn(settings);
      await step('checkpointer', job);
      await place.putLock(THEIRS);
      await place.seed(FROM_OURS);
      const post = await step('post', job);
      expectGreen(post, 'post');
      expect(post.hasWarned).toBe(true);
      expect(await place.facts()).toMatchObject({ object: FROM_OURS });
      expect(await place.rescued()).toEqual([]);
    });

    it('after a checkpoint, over which an older state is then: not a state that came of ours', async () => {
      const { place, job } = await jobIn(settings);
      await step('checkpointer', job);
      await place.putLock(THEIRS);
      await place.seed(SEED);
      await expectKept(place, await step('post', job), { object: SEED, locks: [THEIRS] });
    });

    it('to a job of the same machine, which has the state directory now: each keeps to its own file', async () => {
      const { place, job } = await jobIn(settings);
      declareDead(place, job);
      const successor = await createFaultJob(place);
      const inputs = { stale_lock: 'break', checkpoint_interval: '20s' };
      const main = await runStory(bench, { entry: 'main', job: successor, inputs });
      expectGreen(main, "the successor's main");
      expect(main.outputs.state_path).toBe(job.saved.path);
      await writeState(main.outputs.state_path, FROM_OURS);

      // Our Terraform goes on where its file is now.
      await writeState(await statePathOf(job), MADE_SINCE);

      await step('checkpointer', job);
      expect(pushes()).toEqual([]);
      expect(await rescuedTexts(place)).toEqual([MADE, MADE_SINCE]);
      expectGreen(await step('checkpointer', successor), "the successor's checkpointer");
      expect(await place.facts()).toMatchObject({ object: FROM_OURS });
      const late = await step('post', job);
      expect(late.isRed, late.log).toBe(true);
      expectGreen(await step('post', successor), "the successor's post");
      await expectAtRest(place, FROM_OURS);
      expect(await rescuedTexts(place)).toEqual([MADE, MADE_SINCE]);
    });

    it('never, but somebody writes without it over the last checkpoint: post looks, and keeps the state', async () => {
      const { place, job } = await jobIn(settings);
      await step('checkpointer', job);
      await place.seed(FROM_OURS);
      await expectKept(place, await step('post', job), { object: FROM_OURS, locks: [] });
      expect(lockIdOf(job)).toBeDefined();
    });
  });
});
