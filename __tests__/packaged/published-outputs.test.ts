import { expect, it } from 'vitest';
import { putObject, readObject } from '../support/aws.ts';
import { s3Failure } from '../support/backend.ts';
import { readOutputs, secret, stateWith, text } from './outputs-step.ts';
import { encryptedState } from './states.ts';
import { describeInProcess, describePackaged, findErrors, openTestbed, type Testbed } from './support.ts';

const KEY = 'network/app.tfstate.outputs.json';
const published = async ({ clients, fixture }: Testbed) =>
  (await readObject(clients, fixture.bucket, KEY))?.toString();

/** A hold that publishes; `change` is the job's change of the state. */
async function holdAndPublish(testbed: Testbed, change?: string) {
  const job = await testbed.job({ with: { publish_outputs: 'true' } });
  const main = await job.main();
  expect({ code: main.exitCode, log: main.log }).toMatchObject({ code: 0 });
  if (change !== undefined) await job.change(change);
  return await job.post();
}

const OUTPUTS = {
  url: text('https://x'),
  size: { value: 1.5, type: 'number' },
  zones: { value: ['a', 'b'], type: ['list', 'string'] },
  password: secret('hunter2-and-then-some'),
};

describePackaged('published outputs', () => {
  it('are those of the pushed state that are not sensitive, with its serial and lineage', async () => {
    const testbed = await openTestbed();
    const post = await holdAndPublish(testbed, stateWith(OUTPUTS, 9));
    expect({ code: post.exitCode, log: post.log }).toMatchObject({ code: 0 });
    expect(JSON.parse((await published(testbed)) ?? '')).toEqual({
      schema_version: 1,
      serial: 9,
      lineage: 'l-1',
      outputs: {
        size: { value: 1.5, type: 'number' },
        url: { value: 'https://x', type: 'string' },
        zones: { value: ['a', 'b'], type: 'list(string)' },
      },
    });
    expect(await published(testbed)).not.toMatch(/hunter2|password/);
    expect(await testbed.lock()).toBeUndefined();
  });

  it('are the only thing that `outputs/` reads with source: published', async () => {
    const testbed = await openTestbed();
    await holdAndPublish(testbed, stateWith(OUTPUTS, 9));
    const before = testbed.calls().length;
    const result = await readOutputs(testbed, { source: 'published' });
    expect(result.outputs).toMatchObject({ url: 'https://x', size: '1.5', zones: '["a","b"]', serial: '9' });
    expect(result.outputs.names).toBe('["size","url","zones"]');
    expect(testbed.calls().slice(before)).toEqual(['s3 GetObject']);
  });
});

describeInProcess('published outputs', () => {
  it('are written without a change if they are missing, outdated or modified', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateWith(OUTPUTS, 7));
    await holdAndPublish(testbed);
    const right = await published(testbed);
    expect(JSON.parse(right ?? '').serial).toBe(7);
    await putObject(testbed.clients, testbed.fixture.bucket, KEY, '{"schema_version":1,"forged":true}');
    const again = await holdAndPublish(testbed);
    expect(again.log).toContain(`Published the outputs in s3://${testbed.fixture.bucket}/${KEY}`);
    expect(await published(testbed)).toBe(right);
    expect((await holdAndPublish(testbed)).log).toContain('are up to date');
  });

  it("are not written for a state that isn't in S3, or without a request", async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateWith(OUTPUTS, 7));
    const refused = await holdAndPublish(testbed, stateWith(OUTPUTS, 3));
    expect(refused.exitCode).toBe(1);
    const job = await testbed.job();
    await job.main();
    await job.post();
    expect(await published(testbed)).toBeUndefined();
  });

  it('are not written for a state that OpenTofu encrypted, and main says so before any step', async () => {
    const testbed = await openTestbed();
    await testbed.seed(encryptedState());
    await putObject(testbed.clients, testbed.fixture.bucket, KEY, 'earlier');
    const job = await testbed.job({ with: { publish_outputs: 'true' } });
    const main = await job.main();
    expect(main.exitCode).toBe(0);
    const warnings = main.annotations.filter(({ level }) => level === 'warning');
    const text = warnings.map(({ message }) => message).join('\n');
    expect(text).toMatch(/its outputs can't be published[\s\S]+Remove publish_outputs/);
    for (const copy of ['.outputs.json', '.backup/', '.rescue/', '.plans/']) {
      expect(text.split(copy), copy).toHaveLength(2);
    }
    const post = await job.post();
    expect(findErrors(post)).toContain('The outputs were not published');
    expect(findErrors(post)).toContain('encrypted by OpenTofu');
    expect(await published(testbed)).toBe('earlier');
    expect(await testbed.lock()).toBeUndefined();
  });

  it('cause an error with a fix, after push and release, when the store refuses them', async () => {
    const testbed = await openTestbed();
    testbed.proxy.onRequest(({ operation, path }) =>
      operation === 'PutObject' && path.includes('.outputs.json') ? s3Failure(403, 'AccessDenied') : 'pass',
    );
    const post = await holdAndPublish(testbed, stateWith(OUTPUTS, 9));
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('The outputs were not published to s3://');
    expect(JSON.parse((await testbed.object()) ?? '').serial).toBe(9);
    expect(await testbed.lock()).toBeUndefined();
  });

  it('that are missing, or that somebody else wrote, are an error that says so', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateWith(OUTPUTS, 7));
    const missing = await readOutputs(testbed, { source: 'published' });
    expect(missing.outputs.reason_code).toBe('state_missing');
    expect(findErrors(missing)).toContain('publish_outputs: true');
    await putObject(testbed.clients, testbed.fixture.bucket, KEY, stateWith(OUTPUTS, 7));
    const foreign = await readOutputs(testbed, { source: 'published' });
    expect(foreign.outputs.reason_code).toBe('published_outputs_unreadable');
    expect(findErrors(foreign)).toContain('its schema_version is not 1');
  });

  it.each([{ lock: 'none' }, { push: 'never' }, { pull: 'false' }])(
    'are refused for a job with %j',
    async (inputs) => {
      const testbed = await openTestbed();
      const job = await testbed.job({ with: { publish_outputs: 'true', ...inputs } });
      const main = await job.main();
      expect(main.outputs.reason_code).toBe('invalid_input');
      expect(findErrors(main)).toContain('publish_outputs is "true": the job must hold the state');
      expect(testbed.calls()).toEqual([]);
    },
  );
});
