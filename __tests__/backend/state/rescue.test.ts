import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Backend } from '../../../src/backend/settings.ts';
import { hashAndInspectFile } from '../../../src/backend/state/hash-and-inspect.ts';
import { storeRescueCopy } from '../../../src/backend/state/rescue.ts';
import { storeFile } from '../../../src/backend/state/state-object.ts';
import { explain } from '../../../src/messages/explain.ts';
import { readObject } from '../../support/aws.ts';
import { type BackendBench, openBackendBench, s3Failure } from '../../support/backend.ts';
import { openStoreFront, type StoreRequest, type StoreTraits } from '../../support/store-front.ts';

const hashMd5 = (text: string): string => createHash('md5').update(text).digest('hex');

const motoUrl = inject('motoUrl') ?? '';

describe.skipIf(motoUrl === '')('a rescue copy', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'rescue' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  async function rescue(backend: Backend, body: string, lockId: string): Promise<string> {
    const path = join(bench.directory, randomBytes(4).toString('hex'));
    await writeFile(path, body);
    const facts = await hashAndInspectFile(path);
    if (facts === undefined) throw new Error('the file is gone');
    const { md5 } = facts;
    const provenance = { run: 'https://h/r/1', actor: 'alice', lockId, md5 };
    return await storeRescueCopy(backend, { path, facts, provenance, name: '123-1' });
  }
  const read = async ({ address }: Backend, key: string) =>
    (await readObject(bench.clients, address.bucket, key))?.toString();

  it('is stored beside the state object under the name of the run, with the same encryption', async () => {
    const backend = bench.newBackend({ encrypt: true, kmsKeyId: 'alias/state', acl: 'private' });
    const key = await rescue(backend, 'not even JSON', 'lock-1');
    expect(key).toBe(`${backend.address.objectKey}.rescue/123-1`);
    expect(await read(backend, key)).toBe('not even JSON');
    const put = bench.proxy.requests.find(({ operation }) => operation === 'PutObject');
    expect(put?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'alias/state',
      'x-amz-acl': 'private',
      'if-none-match': '*',
    });
  });

  it('is encrypted with the customer key when the state is, and can be read with it', async () => {
    const customerKey = Buffer.alloc(32, 7).toString('base64');
    const backend = bench.newBackend({ encrypt: true, customerKey });
    await rescue(backend, 'first', 'lock-1');
    await rescue(backend, 'second', 'lock-2');
    expect(bench.proxy.requests.length).toBeGreaterThan(2);
    for (const { headers } of bench.proxy.requests) {
      expect(headers).toMatchObject({
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key': customerKey,
      });
    }
  });

  it.each([
    ['acl', 'AccessControlListNotSupported', 'x-amz-acl'],
    ['kms_key_id', 'KMS.DisabledException', 'x-amz-server-side-encryption-aws-kms-key-id'],
  ])('leaves out the %s that S3 refuses', async (_, code, header) => {
    const backend = bench.newBackend({ encrypt: true, kmsKeyId: 'alias/state', acl: 'private' });
    bench.proxy.onRequest(({ headers }) => (headers[header] === undefined ? 'pass' : s3Failure(400, code)));
    const key = await rescue(backend, 'kept', 'lock-1');
    expect(await read(backend, key)).toBe('kept');
  });

  it.each([
    [
      'acl',
      'AccessControlListNotSupported',
      { acl: 'private' },
      /on s3:.*failed: .*\n?.*remove the input `acl`/,
    ],
    [
      'kms_key_id',
      'KMS.DisabledException',
      { encrypt: true, kmsKeyId: 'alias/k' },
      /The key in `kms_key_id`/,
    ],
    [
      "the bucket's own key",
      'KMS.DisabledException',
      {},
      /key of the bucket's default encryption can't be used/,
    ],
  ])('that is refused because of %s says so', async (_, code, objects, words) => {
    const backend = bench.newBackend(objects);
    const { address } = backend;
    bench.proxy.onRequest(({ operation }) => (operation === 'PutObject' ? s3Failure(400, code) : 'pass'));
    const path = join(bench.directory, randomBytes(4).toString('hex'));
    await writeFile(path, 'x');
    const facts = await hashAndInspectFile(path);
    if (facts === undefined) throw new Error('the file is gone');
    const provenance = { run: 'https://h/r/1', actor: 'alice', lockId: 'l', md5: facts.md5 };
    const push = { key: address.objectKey, path, facts, provenance, expectedEtag: undefined };
    const refused = await storeFile(backend, push).catch((error: unknown) => explain(error, 0));
    expect(refused).toMatch(words);
    // The copy is retried without everything optional, so the remaining error is about the bucket.
    const kept = await rescue(backend, 'x', 'l').catch((error: unknown) => explain(error, 0));
    expect(kept).toContain(code);
    expect(kept).not.toContain('the input `');
  });

  it('never overwrites another: a second state of the run gets its lock id appended, a third its MD5', async () => {
    const backend = bench.newBackend();
    const first = await rescue(backend, 'first', 'lock-1');
    const second = await rescue(backend, 'second', 'lock-2');
    const third = await rescue(backend, 'third', 'lock-2');
    expect([second, third]).toEqual([`${first}-lock-2`, `${first}-lock-2-${hashMd5('third')}`]);
    const bodies = [first, second, third].map((key) => read(backend, key));
    expect(await Promise.all(bodies)).toEqual(['first', 'second', 'third']);
  });

  it('is reused when the same state is rescued twice', async () => {
    const backend = bench.newBackend();
    const first = await rescue(backend, 'same', 'lock-1');
    expect(await rescue(backend, 'same', 'lock-1')).toBe(first);
  });

  const isConditional = ({ method, headers }: StoreRequest) =>
    method === 'PUT' && headers['if-none-match'] !== undefined;
  const refusing = (status: number, code: string): Partial<StoreTraits> => ({
    refuse: (request) => (isConditional(request) ? { status, code, message: code } : undefined),
  });

  it.each<[string, Partial<StoreTraits>]>([
    ['does not implement the condition', refusing(501, 'NotImplemented')],
    ['rejects the condition as invalid', refusing(400, 'InvalidArgument')],
    ['says that the condition is not met, although there is no object', refusing(412, 'PreconditionFailed')],
    ['answers each condition with a conflict', refusing(409, 'ConditionalRequestConflict')],
    ['ignores the condition', { ignores: { PUT: ['if-none-match'] } }],
    [
      'ignores the condition and lets nobody look at an object',
      {
        ignores: { PUT: ['if-none-match'] },
        refuse: ({ method }) =>
          method === 'HEAD' ? { status: 403, code: 'AccessDenied', message: 'no' } : undefined,
      },
    ],
  ])('is stored and never replaces another in a store that %s', async (_, traits) => {
    const front = await openStoreFront(bench.proxy.url, {
      refuse: () => undefined,
      ignores: {},
      lacks: [],
      ...traits,
    });
    try {
      const backend = bench.newBackend({ acl: 'private' }, front.url);
      const kept = new Map<string, string>();
      for (const [body, lockId] of [
        ['first', 'lock-1'],
        ['second', 'lock-2'],
        ['third', 'lock-2'],
        ['fourth', ''],
      ] as const) {
        kept.set(await rescue(backend, body, lockId), body);
      }
      expect(kept.size).toBe(4);
      for (const [key, body] of kept) expect(await read(backend, key)).toBe(body);
    } finally {
      await front.close();
    }
  });

  it("that isn't permitted is an error", async () => {
    bench.proxy.onRequest(() => s3Failure(403, 'AccessDenied'));
    await expect(rescue(bench.newBackend(), 'x', 'lock-1')).rejects.toMatchObject({ kind: 'access_denied' });
  });
});
