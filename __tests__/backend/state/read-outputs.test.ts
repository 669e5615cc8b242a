import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Backend } from '../../../src/backend/settings.ts';
import type { PullNotice } from '../../../src/backend/state/consistency.ts';
import { readOutputs } from '../../../src/backend/state/read-outputs.ts';
import { explain } from '../../../src/messages/explain.ts';
import { printJson } from '../../../src/statefile/json-tree.ts';
import { type BackendBench, openBackendBench, operations, s3Failure } from '../../support/backend.ts';
import { storedState } from '../stored-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const EMPTY_MD5 = md5('');

/** A state whose one output says `value`, with `bytes` of resources behind it. */
function state(value: string, bytes = 0): string {
  const outputs = { url: { value, type: 'string' } };
  const head = { version: 4, terraform_version: '1.11.4', serial: 7, lineage: 'l', outputs };
  return JSON.stringify({ ...head, resources: [{ filler: 'x'.repeat(bytes) }] });
}

const LARGE = 40_000_000;
const PASS = 'pass' as const;

describe.skipIf(motoUrl === '')('reading outputs', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'read-outputs' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** A stored state, and a read of it that reports how much came over the wire. */
  async function stored(body: string | undefined, digest?: string | Record<string, string>) {
    const { backend, notices, clock, store, storeDigest } = await storedState(bench, body, digest);
    const onNotice = (notice: PullNotice) => void notices.push(notice);
    const signal = new AbortController().signal;
    const read = async (change: Partial<Backend> = {}) => {
      const found = await readOutputs({ ...backend, ...change }, { clock, signal, onNotice });
      const url = found?.outputs.get('url');
      return { found, url: url === undefined ? undefined : printJson(url.value) };
    };
    return { backend, notices, clock, store, storeDigest, read };
  }
  const answerBytes = () => Math.max(...bench.proxy.requests.map((request) => request.answerBytes));
  /** What S3 says of an object that was written in parts or with a KMS key: an ETag that is no MD5. */
  const withEtag = (body: string, etag: string) => {
    const answer = { status: 200, headers: { etag }, body };
    bench.proxy.onRequest(({ operation }) => (operation === 'GetObject' ? answer : 'pass'));
  };

  it('takes one GET and one read of the digest, in parallel, and nothing else', async () => {
    const { read, notices } = await stored(state('u'), md5(state('u')));
    const bothCame = Promise.withResolvers<void>();
    bench.proxy.onRequest(async () => {
      if (bench.proxy.requests.length === 2) bothCame.resolve();
      await bothCame.promise;
      return PASS;
    });
    const { found, url } = await read();
    expect({ url, serial: found?.header.serial }).toEqual({ url: '"u"', serial: 7n });
    expect(operations(bench.proxy).sort()).toEqual(['GetItem', 'GetObject']);
    expect(notices).toEqual([]);
  });

  it('stops after the outputs when the ETag matches the digest', async () => {
    const body = state('u', LARGE);
    const { read } = await stored(body, md5(body).toUpperCase());
    const { found, url } = await read();
    expect(url).toBe('"u"');
    expect(found?.bytesRead).toBeLessThan(1_000_000);
    expect(answerBytes()).toBeLessThan(LARGE / 2);
  });

  it('stops after the outputs when there is no table or no digest to check', async () => {
    const { read } = await stored(state('u', LARGE));
    expect((await read({ table: undefined })).found?.bytesRead).toBeLessThan(1_000_000);
    expect((await read()).found?.bytesRead).toBeLessThan(1_000_000);
    expect(answerBytes()).toBeLessThan(LARGE / 2);
  });

  it('reads and hashes the whole object when the ETag proves nothing', async () => {
    const body = state('u', 300_000);
    const { read, notices } = await stored(undefined, md5(body));
    for (const etag of [`"${md5('other')}"`, `"${md5(body)}-2"`, md5(body), '']) {
      withEtag(body, etag);
      expect((await read()).found?.bytesRead).toBe(body.length);
    }
    expect(notices).toEqual([]);
  });

  it('detects a different body behind an ETag that proves nothing', async () => {
    const { read, clock } = await stored(undefined, md5(state('new')));
    withEtag(state('old', 300_000), `"${md5('other')}"`);
    const details = {
      reason: 'digest_mismatch',
      calculated: md5(state('old', 300_000)),
      stored: md5(state('new')),
    };
    await expect(read()).rejects.toMatchObject({ name: 'StateError', details });
    expect(clock.slept).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
  });

  it('gives up 10 s after it began, however long each read takes', async () => {
    const { read, clock } = await stored(state('old'), md5(state('new')));
    bench.proxy.onRequest(async ({ operation }) => {
      if (operation === 'GetObject') await clock.sleep(700, new AbortController().signal);
      return PASS;
    });
    await expect(read()).rejects.toMatchObject({ details: { reason: 'digest_mismatch' } });
    expect(clock.monotonic()).toBe(10_700);
  });

  it('reads an old object again every 2 s until it matches its digest', async () => {
    const { read, clock, store, notices } = await stored(state('old'), md5(state('new')));
    bench.proxy.onRequest(async ({ operation }) => {
      if (operation === 'GetObject' && bench.proxy.requests.length > 4) await store(state('new'));
      return PASS;
    });
    expect((await read()).url).toBe('"new"');
    expect(clock.slept).toEqual([2_000, 2_000]);
    expect(notices.map(({ kind }) => kind)).toEqual(['waiting_for_consistency', 'waiting_for_consistency']);
  });

  it.each([
    ['no object', undefined, undefined, []],
    ['an empty object', '', undefined, ['empty_object']],
    ['an empty object with the digest of zero bytes', '', EMPTY_MD5, ['empty_object']],
  ])('treats %s as no state', async (_, body, digest, kinds) => {
    const { read, notices } = await stored(body, digest);
    expect((await read()).found).toBeUndefined();
    expect(notices.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('reports a mismatch for no object with the digest of a state', async () => {
    const { read } = await stored(undefined, md5(state('u')));
    await expect(read()).rejects.toMatchObject({ details: { reason: 'digest_mismatch', calculated: '' } });
  });

  it('reads a truncated body again from its start', async () => {
    const body = `{"resources":["${'x'.repeat(200_000)}"],${state('u').slice(1)}`;
    const { read } = await stored(body, md5(body));
    bench.proxy.onRequest(({ operation }) => {
      const first = operations(bench.proxy).filter((name) => name === 'GetObject').length === 1;
      return operation === 'GetObject' && first ? { cutAfterBytes: 70_000 } : 'pass';
    });
    expect((await read()).url).toBe('"u"');
  });

  it('says that a refusal may mean a missing object', async () => {
    const { read } = await stored(undefined);
    bench.proxy.onRequest(({ service }) => (service === 's3' ? s3Failure(403, 'AccessDenied') : 'pass'));
    const error: unknown = await read().catch((reason: unknown) => reason);
    expect(explain(error, 0)).toContain('s3:ListBucket');
  });

  it.each([
    ['{"serial":7,"lineage":"l","meta":{},"encrypted_data":"eA=="}', 'encrypted'],
    ['{"version":4,"outputs"', 'truncated'],
    ['<html>', 'not_json'],
    ['{"version":3,"outputs":{}}', 'not_version_4'],
  ])('refuses %s as an unreadable state', async (body, problem) => {
    const { read } = await stored(body, md5(body));
    const details = { reason: 'state_unreadable', where: 'stored', problem };
    await expect(read()).rejects.toMatchObject({ details });
  });

  it('sends the key that the state is encrypted with', async () => {
    const { backend, read } = await stored(state('u'), md5(state('u')));
    const customerKey = Buffer.alloc(32, 7).toString('base64');
    await read({ objects: { ...backend.objects, kmsKeyId: undefined, customerKey } }).catch(() => undefined);
    const [get] = bench.proxy.requests.filter(({ operation }) => operation === 'GetObject');
    expect(get?.headers['x-amz-server-side-encryption-customer-key']).toBe(customerKey);
  });
});
