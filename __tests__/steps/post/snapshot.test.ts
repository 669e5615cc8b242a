import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { SavedState } from '../../../src/job-state/saved-state.ts';
import { stateText } from '../../job-state/state-texts.ts';
import { enableVersioning, listObjects, readItem, readObject } from '../../support/aws.ts';
import { type BackendBench, openBackendBench, operations, s3Failure } from '../../support/backend.ts';
import type { RequestRecord, WaitDecision } from '../../support/proxy.ts';
import { type HeldJobOptions, holdNewState } from './held-job.ts';

const motoUrl = inject('motoUrl') ?? '';
const BEFORE = stateText({ serial: 1 });
const MADE = stateText({ serial: 2 });

describe.skipIf(motoUrl === '')('a push keeps the state before it', () => {
  let plain: BackendBench;
  let versioned: BackendBench;
  beforeAll(async () => {
    plain = await openBackendBench(motoUrl, { name: 'unversioned' });
    versioned = await openBackendBench(motoUrl, { name: 'versioned' });
    await enableVersioning(versioned.clients, versioned.fixture.bucket);
  });
  afterEach(() => {
    plain.proxy.reset();
    versioned.proxy.reset();
  });
  afterAll(async () => {
    await plain.close();
    await versioned.close();
  });

  type Asked = SavedState['session']['snapshot'];
  type Weather = (record: RequestRecord) => WaitDecision;

  async function post(
    bench: BackendBench,
    snapshot: Asked,
    change: Partial<HeldJobOptions> = {},
    weather: Weather = () => 'pass',
  ) {
    const job = await holdNewState(bench, { isChanged: true, before: BEFORE, snapshot, ...change });
    bench.proxy.onRequest(weather);
    const end = await job.post({});
    const asked = operations(bench.proxy);
    const { address, table } = job.backend;
    const { bucket, objectKey } = address;
    const keys = await listObjects(bench.clients, bucket, `${objectKey}.backup/`);
    const [kept] = await Promise.all(keys.map((key) => readObject(bench.clients, bucket, key)));
    return {
      ...end,
      asked,
      kept: kept?.toString(),
      object: (await readObject(bench.clients, bucket, objectKey))?.toString(),
      isFree: (await readItem(bench.clients, table, address.lockPath)) === undefined,
    };
  }

  it('in a bucket without versions, and says where', async () => {
    const { kept, object, messages, error } = await post(plain, 'auto');
    expect({ kept, object, error }).toEqual({ kept: BEFORE, object: MADE, error: undefined });
    expect(messages).toContain('The state as it was before this job is kept as s3://');
  });

  it.each<[string, () => BackendBench, Asked, Partial<HeldJobOptions>, string | undefined]>([
    ['in a bucket with versions only on request', () => versioned, 'always', {}, BEFORE],
    ['not in a bucket with versions by default', () => versioned, 'auto', {}, undefined],
    ['not when the job wants none', () => plain, 'never', {}, undefined],
    ['not when there was no state', () => plain, 'always', { before: undefined }, undefined],
    ['not when nothing is pushed', () => plain, 'always', { isChanged: false }, undefined],
  ])('%s', async (_, bench, snapshot, change, expected) => {
    const { kept, error, asked } = await post(bench(), snapshot, change);
    expect({ kept, isAsked: asked.includes('CopyObject') }).toEqual({
      kept: expected,
      isAsked: expected !== undefined,
    });
    if (change.isChanged !== false) expect(error).toBeUndefined();
  });

  const refuse: Weather = ({ path }) => (path.includes('.backup/') ? s3Failure(403, 'AccessDenied') : 'pass');

  it('and continues when that is refused, with a warning, or an error if the job asked for it', async () => {
    const auto = await post(plain, 'auto', {}, refuse);
    expect(auto).toMatchObject({ object: MADE, isFree: true, error: undefined, kept: undefined });
    expect(auto.messages).toContain("this job's change to the state can't be undone");
    const always = await post(plain, 'always', {}, refuse);
    expect(always).toMatchObject({ object: MADE, isFree: true });
    expect(always.error).toContain("can't be undone");
    expect(always.error).toContain('s3:PutObject');
  });

  it('and warns about old snapshots that stay, and releases the lock', async () => {
    const weather: Weather = ({ operation }) =>
      operation === 'ListObjectsV2' ? s3Failure(403, 'AccessDenied') : 'pass';
    const end = await post(plain, 'auto', {}, weather);
    expect(end).toMatchObject({ object: MADE, kept: BEFORE, isFree: true, error: undefined });
    expect(end.messages).toContain('Old snapshots of');
  });
});
