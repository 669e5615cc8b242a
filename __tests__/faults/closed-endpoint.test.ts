import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CLOSED_PORT } from '../support/closed-port.ts';
import { type FaultBench, openFaultBench } from './bench.ts';
import { createFaultJob } from './fake-job.ts';
import { BOTH, FILE_ONLY, USUAL, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import { createTestbed, type TestbedSettings } from './testbed.ts';

const CLOSED = `http://127.0.0.1:${CLOSED_PORT}`;
const PROVED = { skip_credentials_validation: 'false' };

/** A wrong port, or a store that is down: main retries until its time, here the story's, is up, and reports it once. */
describe.skipIf(inject('motoUrl') === undefined)('an endpoint where nothing listens', () => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = await openFaultBench(inject('motoUrl') ?? '');
  });
  afterAll(() => bench.close());

  it.each<[string, TestbedSettings, Record<string, string>]>([
    ['S3, with the lock file', FILE_ONLY, { endpoint: CLOSED }],
    ['S3, with lock file and table', BOTH, { endpoint: CLOSED }],
    ['S3, with the table', WITH_KEYS, { endpoint: CLOSED }],
    ['DynamoDB', WITH_KEYS, { dynamodb_endpoint: CLOSED }],
    ['DynamoDB, beside a lock file', BOTH, { dynamodb_endpoint: CLOSED }],
    ['STS, with keys', WITH_KEYS, { sts_endpoint: CLOSED, ...PROVED }],
    ['STS, with a role', USUAL, { sts_endpoint: CLOSED }],
    [
      'all three',
      WITH_KEYS,
      { endpoint: CLOSED, dynamodb_endpoint: CLOSED, sts_endpoint: CLOSED, ...PROVED },
    ],
  ])(
    '%s: one line names the endpoint, the fix is below it, and post adds nothing',
    async (_, settings, inputs) => {
      bench.reset();
      const testbed = createTestbed(bench, settings);
      const job = await createFaultJob(testbed);
      const main = await runStory(bench, { entry: 'main', job, inputs });
      expect(main).toMatchObject({ isRed: true, hasWarned: false, outputs: { reason_code: 'unreachable' } });
      const lines = main.log.split('\n');
      const reported = lines.filter((line) => line.includes(CLOSED));
      expect(reported, main.log).toHaveLength(1);
      const [line = ''] = reported;
      expect(line).toContain(`failed: ${CLOSED} can't be reached`);
      expect(line.length).toBeLessThan(300);
      expect(lines[lines.indexOf(line) + 1]).toMatch(/^Check the .* endpoint inputs/);
      expect(main.log).not.toContain('may be held');
      expect((await testbed.facts()).locks).toEqual([]);
      const post = await runStory(bench, { entry: 'post', job, inputs: {} });
      expect(post).toMatchObject({ isRed: false, hasWarned: false });
      expect(post.log).toMatch(/^Nothing to do/);
    },
  );
});
