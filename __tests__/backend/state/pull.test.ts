import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PullNotice } from '../../../src/backend/state/pull.ts';
import { explain } from '../../../src/messages/explain.ts';
import { deleteItem } from '../../support/aws.ts';
import { type BackendBench, dynamodbFailure, openBackendBench, s3Failure } from '../../support/backend.ts';
import { storedState } from '../stored-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;
const OLD = '{"version":4,"serial":1,"lineage":"l"}\n';
const NEW = '{"version":4,"serial":2,"lineage":"l"}\n';
const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const md5 = (text: string | Buffer): string => createHash('md5').update(text).digest('hex');

describe.skipIf(motoUrl === '')('pulling a state', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'pull', versioning: true });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  const stored = (body: string | Buffer | undefined, digest?: string | Record<string, string>) =>
    storedState(bench, body, digest);
  const kinds = (notices: PullNotice[]) => notices.map(({ kind }) => kind);

  it('writes identical bytes to a file that only we may read, and returns what is known of them', async () => {
    const { path, pull, notices } = await stored(OLD, md5(OLD));
    const { state, storedDigest } = await pull();
    expect(await readFile(path, 'utf8')).toBe(OLD);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(state?.facts).toMatchObject({ size: OLD.length, md5: md5(OLD) });
    expect(state?.facts.sha256).toEqual(createHash('sha256').update(OLD).digest());
    expect(state?.facts.inspection).toMatchObject({ kind: 'state', header: { serial: 1n, lineage: 'l' } });
    expect(state?.etag).toBe(`"${md5(OLD)}"`);
    expect(state?.versionId).toEqual(expect.any(String));
    expect(state?.lastModified).toBeInstanceOf(Date);
    expect(state?.provenance).toBeUndefined();
    expect(storedDigest).toBe(md5(OLD));
    expect(notices).toEqual([]);
  });

  it('writes identical bytes of a large binary state', async () => {
    const body = randomBytes(9_000_001);
    const { path, pull } = await stored(body, md5(body));
    expect((await pull()).state?.facts).toMatchObject({ size: body.length, md5: md5(body) });
    expect(body.equals(await readFile(path))).toBe(true);
  });

  it('reads object and digest in parallel, with no request before and no listing', async () => {
    const { pull } = await stored(OLD, md5(OLD));
    const bothCame = Promise.withResolvers<void>();
    bench.proxy.onRequest(async () => {
      if (bench.proxy.requests.length === 2) bothCame.resolve();
      await bothCame.promise;
      return PASS;
    });
    await pull();
    expect(bench.proxy.requests.map(({ operation }) => operation).sort()).toEqual(['GetItem', 'GetObject']);
  });

  it('sends no encryption headers', async () => {
    const { pull } = await stored(OLD, md5(OLD));
    await pull();
    for (const { headers } of bench.proxy.requests) {
      expect(Object.keys(headers).filter((name) => name.includes('encryption'))).toEqual([]);
    }
  });

  it.each([
    ['31 hex digits', { Digest: md5(OLD).slice(1) }],
    ['no hex', { Digest: 'x'.repeat(32) }],
    ['an empty text', { Digest: '' }],
    ['missing', { Other: 'x' }],
  ])('a Digest that is %s is accepted with a notice', async (_, item) => {
    const { pull, notices } = await stored(OLD, item);
    const { state, storedDigest } = await pull();
    expect(state?.facts.md5).toBe(md5(OLD));
    const text = 'Digest' in item ? item.Digest : undefined;
    expect(storedDigest).toBe(text);
    expect(notices).toEqual([{ kind: 'no_digest', digest: { kind: 'unusable', stored: text } }]);
  });

  it('a Digest that is a number is accepted with a notice', async () => {
    const { backend, pull, notices } = await stored(OLD);
    const Item = { LockID: { S: backend.address.digestPath }, Digest: { N: '5' } };
    await bench.clients.dynamodb.send(new PutItemCommand({ TableName: backend.table, Item }));
    expect((await pull()).state?.facts.md5).toBe(md5(OLD));
    expect(notices).toEqual([{ kind: 'no_digest', digest: { kind: 'unusable', stored: undefined } }]);
  });

  it('a state without a digest item is accepted with a notice', async () => {
    const { pull, notices } = await stored(OLD);
    expect((await pull()).state?.facts.md5).toBe(md5(OLD));
    expect(notices).toEqual([{ kind: 'no_digest', digest: { kind: 'absent' } }]);
  });

  it('accepts the same digest in another form', async () => {
    const { pull, notices } = await stored(OLD, md5(OLD).toUpperCase());
    expect((await pull()).storedDigest).toBe(md5(OLD).toUpperCase());
    expect(notices).toEqual([]);
  });

  it.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    '%s is accepted with a notice',
    async (type) => {
      const { pull, notices } = await stored(OLD, md5(NEW));
      bench.proxy.onRequest(({ operation }) => (operation === 'GetItem' ? dynamodbFailure(type) : 'pass'));
      const { state, storedDigest } = await pull();
      expect(state?.facts.md5).toBe(md5(OLD));
      expect(storedDigest).toBeUndefined();
      expect(notices).toMatchObject([{ kind: 'no_digest', digest: { kind: 'unreadable' } }]);
    },
  );

  it("doesn't read a digest without a table", async () => {
    const { pull } = await stored(OLD, md5(NEW));
    expect((await pull({ table: undefined })).state?.facts.md5).toBe(md5(OLD));
    expect(bench.proxy.requests.map(({ operation }) => operation)).toEqual(['GetObject']);
  });

  it('reads an old object again every 2 s until it matches its digest', async () => {
    const { path, pull, notices, clock, store } = await stored(OLD, md5(NEW));
    let reads = 0;
    bench.proxy.onRequest(async ({ operation }) => {
      if (operation === 'GetObject') reads += 1;
      if (operation === 'GetObject' && reads === 3) await store(NEW);
      return PASS;
    });
    expect((await pull()).state?.facts.md5).toBe(md5(NEW));
    expect(await readFile(path, 'utf8')).toBe(NEW);
    expect(clock.slept).toEqual([2_000, 2_000]);
    expect(notices[0]).toEqual({ kind: 'waiting_for_consistency', calculated: md5(OLD), stored: md5(NEW) });
    expect(kinds(notices)).toEqual(['waiting_for_consistency', 'waiting_for_consistency']);
  });

  it('stops reading again when the digest arrives late or the object disappears', async () => {
    const late = await stored(NEW, md5(OLD));
    bench.proxy.afterResponse(async () => {
      if (bench.proxy.requests.length === 2) await late.storeDigest(md5(NEW));
    });
    expect((await late.pull()).storedDigest).toBe(md5(NEW));
    bench.proxy.reset();

    const gone = await stored(OLD, md5(NEW));
    bench.proxy.onRequest(async ({ operation }) => {
      const second = bench.proxy.requests.length > 2;
      if (second) await deleteItem(bench.clients, gone.backend.table, gone.backend.address.digestPath);
      return second && operation === 'GetObject' ? s3Failure(404, 'NoSuchKey') : PASS;
    });
    expect((await gone.pull()).state).toBeUndefined();
    await expect(stat(gone.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('reports a mismatch after 10 s and six rounds, as in Terraform', async () => {
    const { pull, clock } = await stored(OLD, md5(NEW));
    const details = { reason: 'digest_mismatch', calculated: md5(OLD), stored: md5(NEW) };
    await expect(pull()).rejects.toMatchObject({ name: 'StateError', details });
    expect(clock.slept).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
    expect(bench.proxy.requests.length).toBe(12);
  });

  it('treats no object and no digest as no state, without a notice or a file', async () => {
    const { pull, notices, path } = await stored(undefined);
    expect(await pull()).toEqual({ state: undefined, etag: undefined, storedDigest: undefined });
    expect(notices).toEqual([]);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['no object', undefined],
    ['an empty object', ''],
  ])(
    'reports a mismatch without a calculated checksum for %s with the digest of a state',
    async (_, body) => {
      const { pull } = await stored(body, md5(OLD));
      const details = { reason: 'digest_mismatch', calculated: '', stored: md5(OLD) };
      await expect(pull()).rejects.toMatchObject({ details });
    },
  );

  it('reports a mismatch for no object with the digest of zero bytes, as in Terraform', async () => {
    const { pull } = await stored(undefined, EMPTY_MD5);
    await expect(pull()).rejects.toMatchObject({ details: { reason: 'digest_mismatch', calculated: '' } });
  });

  it.each([
    ['no digest', undefined],
    ['a digest in another form', 'x'],
    ['the digest of zero bytes', EMPTY_MD5],
  ])('treats zero bytes with %s as no state, with a notice and without a file', async (_, digest) => {
    const { pull, notices, path } = await stored('', digest);
    const pulled = await pull();
    expect(pulled.state).toBeUndefined();
    // The next push must replace this very object.
    expect(pulled.etag).toBe(`"${EMPTY_MD5}"`);
    expect(kinds(notices)).toEqual(['empty_object']);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is an error that names the bucket', async () => {
    const { pull, backend } = await stored(undefined);
    const address = { ...backend.address, bucket: 'no-such-bucket-anywhere' };
    const failure = { resource: expect.stringContaining('no-such-bucket-anywhere') };
    const error = { kind: 'no_such_bucket', failure };
    await expect(pull({ address })).rejects.toMatchObject(error);
  });

  it('says that a refusal may mean a missing object', async () => {
    const { pull } = await stored(undefined);
    bench.proxy.onRequest(({ service }) => (service === 's3' ? s3Failure(403, 'AccessDenied') : 'pass'));
    const error: unknown = await pull().catch((reason: unknown) => reason);
    expect(explain(error, 0)).toContain('s3:ListBucket');
  });

  it('recognises an encrypted state, reports its serial and lineage and checks its digest', async () => {
    const body = '{"serial":7,"lineage":"l","meta":{},"encrypted_data":"eA==","encryption_version":"v0"}';
    const { pull } = await stored(body, md5(body));
    expect((await pull()).state?.facts.inspection).toMatchObject({
      kind: 'state',
      header: { serial: 7n, lineage: 'l' },
    });
    const other = await stored(body, md5(OLD));
    await expect(other.pull()).rejects.toMatchObject({ details: { reason: 'digest_mismatch' } });
  });

  it('restarts a broken download, and a shorter object leaves nothing of a longer one', async () => {
    const { pull, path, store } = await stored(OLD.repeat(5_000), md5(NEW));
    bench.proxy.onRequest(async ({ operation }) => {
      const first = bench.proxy.requests.filter((request) => request.operation === 'GetObject').length === 1;
      if (operation === 'GetObject' && first) return { cutAfterBytes: 70_000 };
      if (operation === 'GetObject') await store(NEW);
      return PASS;
    });
    expect((await pull()).state?.facts).toMatchObject({ size: NEW.length, md5: md5(NEW) });
    expect(await readFile(path, 'utf8')).toBe(NEW);
  });

  it('sends a key with dots to S3 unchanged', async () => {
    const { pull, backend } = await stored(undefined);
    const address = { ...backend.address, objectKey: 'a/../b' };
    bench.proxy.onRequest(({ service }) => (service === 's3' ? { status: 200, body: OLD } : 'pass'));
    expect((await pull({ address })).state?.facts.md5).toBe(md5(OLD));
    const [path] = bench.proxy.requests.filter(({ service }) => service === 's3').map((r) => r.path);
    expect(path?.split('?')[0]).toBe(`/${address.bucket}/a/../b`);
  });

  it('escapes a colon in the prefix on the wire', async () => {
    const { pull, backend } = await stored(undefined);
    await pull({ address: { ...backend.address, objectKey: 'env:/dev/k' } });
    const [path] = bench.proxy.requests.filter(({ service }) => service === 's3').map((r) => r.path);
    expect(path?.split('?')[0]).toBe(`/${backend.address.bucket}/env%3A/dev/k`);
  });
});
