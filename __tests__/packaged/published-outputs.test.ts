import { expect, it } from 'vitest';
import { putObject, readObject } from '../support/aws.ts';
import { s3Failure } from '../support/backend.ts';
import { readOutputs, secret, stateWith, text } from './outputs-step.ts';
import { describePackaged, errorsOf, openPlace, type Place } from './support.ts';

const KEY = 'network/app.tfstate.outputs.json';
const published = async ({ clients, fixture }: Place) =>
  (await readObject(clients, fixture.bucket, KEY))?.toString();

/** A hold that publishes; `change` is what the job makes of the state. */
async function holdAndPublish(place: Place, change?: string) {
  const job = await place.job({ with: { publish_outputs: 'true' } });
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
    const place = await openPlace();
    const post = await holdAndPublish(place, stateWith(OUTPUTS, 9));
    expect({ code: post.exitCode, log: post.log }).toMatchObject({ code: 0 });
    expect(JSON.parse((await published(place)) ?? '')).toEqual({
      schema_version: 1,
      serial: 9,
      lineage: 'l-1',
      outputs: {
        size: { value: 1.5, type: 'number' },
        url: { value: 'https://x', type: 'string' },
        zones: { value: ['a', 'b'], type: 'list(string)' },
      },
    });
    expect(await published(place)).not.toMatch(/hunter2|password/);
    expect(await place.lock()).toBeUndefined();
  });

  it('are written where nothing changed, if they are missing, old or not as we left them', async () => {
    const place = await openPlace();
    await place.seed(stateWith(OUTPUTS, 7));
    await holdAndPublish(place);
    const right = await published(place);
    expect(JSON.parse(right ?? '').serial).toBe(7);
    await putObject(place.clients, place.fixture.bucket, KEY, '{"schema_version":1,"forged":true}');
    const again = await holdAndPublish(place);
    expect(again.log).toContain(`Published the outputs in s3://${place.fixture.bucket}/${KEY}`);
    expect(await published(place)).toBe(right);
    expect((await holdAndPublish(place)).log).toContain('are as they should be');
  });

  it('are not written of a state that is not in S3, nor without being asked', async () => {
    const place = await openPlace();
    await place.seed(stateWith(OUTPUTS, 7));
    const refused = await holdAndPublish(place, stateWith(OUTPUTS, 3));
    expect(refused.exitCode).toBe(1);
    const job = await place.job();
    await job.main();
    await job.post();
    expect(await published(place)).toBeUndefined();
  });

  it('a store that refuses them is an error after the push and the release, with what to do', async () => {
    const place = await openPlace();
    place.proxy.onRequest(({ operation, path }) =>
      operation === 'PutObject' && path.includes('.outputs.json') ? s3Failure(403, 'AccessDenied') : 'pass',
    );
    const post = await holdAndPublish(place, stateWith(OUTPUTS, 9));
    expect(post.exitCode).toBe(1);
    expect(errorsOf(post)).toContain('The outputs were not published to s3://');
    expect(JSON.parse((await place.object()) ?? '').serial).toBe(9);
    expect(await place.lock()).toBeUndefined();
  });

  it('are all that `outputs/` reads with source: published', async () => {
    const place = await openPlace();
    await holdAndPublish(place, stateWith(OUTPUTS, 9));
    const before = place.calls().length;
    const result = await readOutputs(place, { source: 'published' });
    expect(result.outputs).toMatchObject({ url: 'https://x', size: '1.5', zones: '["a","b"]', serial: '9' });
    expect(result.outputs.names).toBe('["size","url","zones"]');
    expect(place.calls().slice(before)).toEqual(['s3 GetObject']);
  });

  it('that are missing, or that somebody else wrote, are an error that says so', async () => {
    const place = await openPlace();
    await place.seed(stateWith(OUTPUTS, 7));
    const missing = await readOutputs(place, { source: 'published' });
    expect(missing.outputs.reason_code).toBe('state_missing');
    expect(errorsOf(missing)).toContain('publish_outputs: true');
    await putObject(place.clients, place.fixture.bucket, KEY, stateWith(OUTPUTS, 7));
    const foreign = await readOutputs(place, { source: 'published' });
    expect(foreign.outputs.reason_code).toBe('published_outputs_unreadable');
    expect(errorsOf(foreign)).toContain('its schema_version is not 1');
  });

  it.each([{ lock: 'none' }, { push: 'never' }, { pull: 'false' }])(
    'are refused for a job with %j',
    async (inputs) => {
      const place = await openPlace();
      const job = await place.job({ with: { publish_outputs: 'true', ...inputs } });
      const main = await job.main();
      expect(main.outputs.reason_code).toBe('invalid_input');
      expect(errorsOf(main)).toContain('publish_outputs is "true": the job has to hold the state');
      expect(place.calls()).toEqual([]);
    },
  );
});
