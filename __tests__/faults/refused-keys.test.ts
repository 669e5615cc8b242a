import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { s3Error } from '../packaged/faults.ts';
import { stateText } from '../packaged/states.ts';
import { HELD_BY_RUN } from '../packaged/unlock-step.ts';
import { dynamodbFailure } from '../support/backend.ts';
import { flush } from '../support/fake-clock.ts';
import type { CannedAnswer, WaitDecision } from '../support/proxy.ts';
import { type FaultBench, openFaultBench } from './bench.ts';
import { callName } from './calls.ts';
import { createFaultJob, type FaultJob } from './fake-job.ts';
import { stsError } from './faults.ts';
import { BOTH, FILE_ONLY, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import { createTestbed, type TestbedSettings } from './testbed.ts';
import type { Weather } from './wire.ts';

/** Enough turns of the event loop for an answer of the proxy to arrive in this process. */
const HEARD = 50;
const PROVED = { skip_credentials_validation: 'false', checkpoint_interval: '0s' };
const TAKES_LOCK = /^PutItem lock|^PutObject lock file/;

/** STS refuses the keys while the first write of the lock is under way; that write then meets `fault`. */
function refusedMeanwhile(fault: (name: string) => WaitDecision): Weather {
  const refused = Promise.withResolvers<void>();
  let writes = 0;
  return async (record) => {
    const name = callName(record);
    if (name === 'GetCallerIdentity') {
      void flush(HEARD).then(() => refused.resolve());
      return stsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid');
    }
    if (!TAKES_LOCK.test(name)) return undefined;
    writes += 1;
    await refused.promise;
    await flush(HEARD);
    return writes === 1 ? fault(name) : undefined;
  };
}

/** STS refuses the keys, but only after the state was asked for. */
function refusedAfterRead(): Weather {
  const asked = Promise.withResolvers<void>();
  return async (record) => {
    const name = callName(record);
    if (name === 'GetObject state') asked.resolve();
    if (name !== 'GetCallerIdentity') return undefined;
    await asked.promise;
    return stsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid');
  };
}

function invalidKey(name: string): CannedAnswer {
  return name.startsWith('PutItem')
    ? dynamodbFailure('UnrecognizedClientException', 'The security token included in the request is invalid')
    : s3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
}

/** Refused keys are one mistake, whatever the outcome of the parallel lock write. */
describe.skipIf(inject('motoUrl') === undefined)(
  'keys that STS refuses while the lock is being taken',
  () => {
    let bench: FaultBench;
    beforeAll(async () => {
      bench = await openFaultBench(inject('motoUrl') ?? '');
    });
    afterAll(() => bench.close());

    it.each<[string, string, TestbedSettings, (name: string) => WaitDecision]>([
      ['lock item', 'is taken and released', WITH_KEYS, () => 'pass'],
      [
        'lock item',
        'is taken without an answer, as the next try shows, and released',
        WITH_KEYS,
        () => 'reset-after',
      ],
      [
        'lock item',
        'is not taken, as the next try shows, and needs no release',
        WITH_KEYS,
        () => 'reset-before',
      ],
      ['lock item', 'is refused, too', WITH_KEYS, invalidKey],
      ['lock file', 'is taken and released', FILE_ONLY, () => 'pass'],
      ['lock file', 'is refused, too', FILE_ONLY, invalidKey],
      ['lock file and item', 'is taken and released', BOTH, () => 'pass'],
    ])('main awaits the write under way: the %s %s', async (_, __, settings, fault) => {
      const testbed = createTestbed(bench, settings);
      await testbed.seed(stateText());
      const job = await createFaultJob(testbed);
      const main = await runMain(job, PROVED, fault);
      expectOneMistake(main.log);
      expect((await testbed.facts()).locks).toEqual([]);
      bench.reset();
      const post = await runStory(bench, { entry: 'post', job, inputs: {} });
      expect(post).toMatchObject({ isRed: false, hasWarned: false });
      expect(post.log).toMatch(/^Nothing to do/);
      expect(bench.proxy.requests).toEqual([]);
    });

    it.each<[string, TestbedSettings]>([
      ['lock item', WITH_KEYS],
      ['lock file', FILE_ONLY],
    ])('main asks for the state before STS answers, and then releases the %s', async (_, settings) => {
      const testbed = createTestbed(bench, settings);
      await testbed.seed(stateText());
      const job = await createFaultJob(testbed);
      bench.reset();
      const main = await runStory(bench, { entry: 'main', job, inputs: PROVED, weather: refusedAfterRead() });
      expectOneMistake(main.log);
      expect(main.outputs.state_path).toBeUndefined();
      expect((await testbed.facts()).locks).toEqual([]);
    });

    it("main stops waiting for another job's lock, and that lock stays", async () => {
      const testbed = createTestbed(bench, WITH_KEYS);
      await testbed.putLock(HELD_BY_RUN);
      const job = await createFaultJob(testbed);
      const main = await runMain(job, { ...PROVED, lock_timeout: '10m' }, () => 'pass');
      expectOneMistake(main.log);
      expect(bench.proxy.requests.map(callName).sort()).toEqual(['GetCallerIdentity', 'PutItem lock']);
      expect((await testbed.facts()).locks).toEqual([HELD_BY_RUN]);
    });

    async function runMain(
      job: FaultJob,
      inputs: Record<string, string>,
      fault: (name: string) => WaitDecision,
    ) {
      bench.reset();
      return await runStory(bench, { entry: 'main', job, inputs, weather: refusedMeanwhile(fault) });
    }
  },
);

function expectOneMistake(log: string): void {
  const words = "AWS doesn't accept the credentials";
  const reported = log.split('\n').filter((line) => line.includes(words));
  expect(reported, log).toHaveLength(1);
  expect(reported[0]?.length).toBeLessThan(300);
  expect(log).not.toContain('may be held');
}
