import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Backend, ObjectOptions } from '../../src/backend/settings.ts';
import { hashAndInspectFile } from '../../src/backend/state/hash-and-inspect.ts';
import { lookUpObject } from '../../src/backend/state/look-up-object.ts';
import { downloadState, type StoreRequest, storeFile } from '../../src/backend/state/state-object.ts';
import { explain } from '../../src/messages/explain.ts';
import { putObject, readObject } from '../support/aws.ts';
import {
  type BackendBench,
  deleteObject,
  openBackendBench,
  operations,
  s3Failure,
} from '../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const BODY = '{"version":4,"serial":2,"lineage":"l"}\n';
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const provenance = {
  run: 'https://github.com/acme/infra/actions/runs/1/attempts/2',
  actor: 'zoë',
  lockId: 'lock-1',
  md5: md5(BODY),
};

describe.skipIf(motoUrl === '')('storing a state', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'store', versioning: true });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** A job's file, and the state object that it replaces: one with `before`, or none. */
  async function job(before: string | undefined, objects: Partial<ObjectOptions> = {}) {
    const backend = bench.newBackend(objects);
    const { bucket, objectKey } = backend.address;
    const path = join(bench.directory, randomBytes(4).toString('hex'));
    await writeFile(path, BODY);
    const facts = await hashAndInspectFile(path);
    if (facts === undefined) throw new Error('the file is gone');
    const write = (text: string) => putObject(bench.clients, bucket, objectKey, text);
    if (before !== undefined) await write(before);
    const expectedEtag = before === undefined ? undefined : `"${md5(before)}"`;
    const request: StoreRequest = { key: objectKey, path, facts, provenance, expectedEtag };
    return {
      backend,
      write,
      remove: () => deleteObject(bench.clients, bucket, objectKey),
      stored: async () => (await readObject(bench.clients, bucket, objectKey))?.toString(),
      store: (change: Partial<StoreRequest> = {}, to: Backend = backend) =>
        storeFile(to, { ...request, ...change }),
    };
  }
  const put = () => bench.proxy.requests.findLast(({ operation }) => operation === 'PutObject');
  const readHeaders = (part: string) =>
    Object.entries(put()?.headers ?? {}).filter(([name]) => name.includes(part));

  it('sends one PUT of JSON with its length and checksum, not in chunks, if there is no object', async () => {
    const { store, stored } = await job(undefined);
    expect(await store()).toEqual({
      kind: 'stored',
      etag: `"${md5(BODY)}"`,
      versionId: expect.any(String),
      conditional: true,
    });
    expect(await stored()).toBe(BODY);
    expect(operations(bench.proxy)).toEqual(['PutObject']);
    const sha256 = createHash('sha256').update(BODY);
    expect(put()?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(BODY.length),
      'x-amz-content-sha256': sha256.digest('hex'),
      'content-md5': createHash('md5').update(BODY).digest('base64'),
      'if-none-match': '*',
    });
    expect(put()?.headers).not.toHaveProperty('if-match');
    expect(readHeaders('x-amz-checksum')).toEqual([]);
    expect(readHeaders('encoding').filter(([name]) => name !== 'accept-encoding')).toEqual([]);
    expect([...readHeaders('encryption'), ...readHeaders('acl')]).toEqual([]);
  });

  it('requests AES256 with encrypt', async () => {
    await (await job(undefined, { encrypt: true })).store();
    expect(readHeaders('encryption')).toEqual([['x-amz-server-side-encryption', 'AES256']]);
  });

  it('requests KMS with encrypt and a key', async () => {
    await (await job(undefined, { encrypt: true, kmsKeyId: 'alias/state' })).store();
    expect(readHeaders('encryption')).toEqual([
      ['x-amz-server-side-encryption', 'aws:kms'],
      ['x-amz-server-side-encryption-aws-kms-key-id', 'alias/state'],
    ]);
  });

  it('requests no encryption without encrypt', async () => {
    await (await job(undefined, { kmsKeyId: 'alias/state' })).store();
    expect(readHeaders('encryption')).toEqual([]);
  });

  describe('with a customer key', () => {
    const key = Buffer.alloc(32, 7);
    const customerKey = key.toString('base64');
    const keyHeaders = [
      ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
      ['x-amz-server-side-encryption-customer-key', customerKey],
      ['x-amz-server-side-encryption-customer-key-md5', createHash('md5').update(key).digest('base64')],
    ];

    it('sends the key with every put, get and head of a state and of its rescue copy', async () => {
      const state = await job(undefined, { encrypt: true, customerKey });
      await state.store();
      await downloadState(state.backend, join(bench.directory, 'again'));
      await lookUpObject(state.backend, state.backend.address.objectKey);
      expect(operations(bench.proxy)).toEqual(['PutObject', 'GetObject', 'HeadObject']);
      for (const { headers } of bench.proxy.requests) {
        expect(Object.entries(headers)).toEqual(expect.arrayContaining(keyHeaders));
        expect(headers).not.toHaveProperty('x-amz-server-side-encryption');
      }
    });

    it.each([
      ['without encrypt', { customerKey }],
      ['with a KMS key', { encrypt: true, kmsKeyId: 'alias/state', customerKey }],
    ])('sends no key %s', async (_, objects) => {
      const state = await job(undefined, objects);
      await state.store();
      await lookUpObject(state.backend, state.backend.address.objectKey);
      expect(readHeaders('customer')).toEqual([]);
      expect(bench.proxy.requests.at(-1)?.headers).not.toHaveProperty(keyHeaders[1]?.[0] ?? '');
    });
  });

  it('sends the ACL with the object, whatever it is', async () => {
    await (await job(undefined, { acl: 'bucket-owner-full-control' })).store();
    expect(readHeaders('acl')).toEqual([['x-amz-acl', 'bucket-owner-full-control']]);
  });

  it('sets the tags that are configured', async () => {
    await (await job(undefined, { stateTags: 'team=net&cost%20center=7' })).store();
    expect(readHeaders('tagging')).toEqual([['x-amz-tagging', 'team=net&cost%20center=7']]);
  });

  it('records who wrote it for later readers', async () => {
    const { backend, store } = await job(undefined);
    await store();
    expect((await lookUpObject(backend, backend.address.objectKey))?.provenance).toEqual(provenance);
    const downloaded = await downloadState(backend, join(bench.directory, 'again'));
    expect(downloaded).toMatchObject({ provenance, etag: `"${md5(BODY)}"` });
    expect(await lookUpObject(backend, 'nothing/here')).toBeUndefined();
  });

  it('replaces the pulled object by its ETag', async () => {
    const { store, stored } = await job('before');
    expect(await store()).toMatchObject({ kind: 'stored', conditional: true });
    expect(put()?.headers).toMatchObject({ 'if-match': `"${md5('before')}"` });
    expect(put()?.headers).not.toHaveProperty('if-none-match');
    expect(await stored()).toBe(BODY);
  });

  it.each([
    ['replaced', 'before'],
    ['made', undefined],
  ])('is a conflict with an object that another client %s, and that object stays', async (_, before) => {
    const { store, stored, write } = await job(before);
    await write('theirs');
    expect(await store()).toEqual({
      kind: 'conflict',
      current: {
        etag: `"${md5('theirs')}"`,
        versionId: expect.any(String),
        lastModified: expect.any(Date),
        provenance: undefined,
      },
    });
    expect(await stored()).toBe('theirs');
    expect(operations(bench.proxy)).toEqual(['PutObject', 'HeadObject']);
  });

  it('is a conflict with another run of this action, and names it', async () => {
    const { store } = await job(undefined);
    const theirs = {
      ...provenance,
      run: 'https://github.com/acme/infra/actions/runs/9/attempts/1',
      lockId: 'lock-9',
    };
    await store({ provenance: theirs });
    expect(await store()).toMatchObject({ kind: 'conflict', current: { provenance: theirs } });
  });

  it('is a conflict with an object that has been deleted since', async () => {
    const { store, remove, stored } = await job('before');
    await remove();
    expect(await store()).toEqual({ kind: 'conflict', current: undefined });
    expect(await stored()).toBeUndefined();
  });

  it('is a conflict when S3 answers 404 to If-Match on a deleted object', async () => {
    const { store, remove } = await job('before');
    await remove();
    bench.proxy.onRequest(({ operation }) =>
      operation === 'PutObject' ? s3Failure(404, 'NoSuchKey') : 'pass',
    );
    expect(await store()).toEqual({ kind: 'conflict', current: undefined });
  });

  it('succeeds even if every answer is lost', async () => {
    const { store, stored } = await job('before');
    bench.proxy.onRequest(({ operation }) => (operation === 'PutObject' ? 'reset-after' : 'pass'));
    expect(await store()).toMatchObject({ kind: 'stored', conditional: true });
    expect(await stored()).toBe(BODY);
  });

  it.each(['before', undefined])('recognises our own write after a lost answer (over %j)', async (before) => {
    const { store, stored } = await job(before);
    bench.proxy.onRequest(() => (bench.proxy.requests.length === 1 ? 'reset-after' : 'pass'));
    expect(await store()).toMatchObject({ kind: 'stored', etag: `"${md5(BODY)}"`, conditional: true });
    expect(await stored()).toBe(BODY);
    expect(operations(bench.proxy)).toEqual(['PutObject', 'PutObject', 'HeadObject']);
  });

  it('retries a 409 of racing writers with the whole body', async () => {
    const { store, stored } = await job('before');
    bench.proxy.onRequest(() =>
      bench.proxy.requests.length <= 2 ? s3Failure(409, 'ConditionalRequestConflict') : 'pass',
    );
    expect(await store()).toMatchObject({ kind: 'stored', conditional: true });
    expect(await stored()).toBe(BODY);
    expect(operations(bench.proxy)).toEqual(['PutObject', 'PutObject', 'PutObject']);
  });

  it.each(['before', undefined])(
    'reports other writers, not a conflict, when a 409 persists and the object is unchanged (%j)',
    async (before) => {
      const { store } = await job(before);
      bench.proxy.onRequest(({ operation }) =>
        operation === 'PutObject' ? s3Failure(409, 'ConditionalRequestConflict') : 'pass',
      );
      const error: unknown = await store().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ failure: { code: 'ConditionalRequestConflict' } });
      expect(explain(error, 0)).toMatch(/another write of s3:.* was in progress each time/);
    },
  );

  it('reports a conflict when a 409 persists and another write has changed the object', async () => {
    const { store, write } = await job('before');
    await write('theirs');
    bench.proxy.onRequest(({ operation }) =>
      operation === 'PutObject' ? s3Failure(409, 'ConditionalRequestConflict') : 'pass',
    );
    expect(await store()).toMatchObject({ kind: 'conflict', current: { etag: `"${md5('theirs')}"` } });
  });

  describe('in a store without conditional writes', () => {
    const refuseConditions = () =>
      bench.proxy.onRequest(({ operation, headers }) =>
        operation === 'PutObject' && (headers['if-match'] ?? headers['if-none-match']) !== undefined
          ? s3Failure(501, 'NotImplemented')
          : 'pass',
      );

    it.each(['before', undefined])(
      'reads the object, then puts without a condition (over %j)',
      async (before) => {
        const { store, stored } = await job(before);
        refuseConditions();
        expect(await store()).toMatchObject({ kind: 'stored', conditional: false });
        expect(await stored()).toBe(BODY);
        expect(operations(bench.proxy)).toEqual(['PutObject', 'HeadObject', 'PutObject', 'HeadObject']);
      },
    );

    it('detects a write after our put by reading again', async () => {
      const { store, stored, write } = await job('before');
      bench.proxy.onRequest(async ({ operation, headers }) => {
        if (operation === 'PutObject' && headers['if-match'] !== undefined) {
          return s3Failure(501, 'NotImplemented');
        }
        if (operations(bench.proxy).length === 4) await write('theirs');
        return 'pass';
      });
      expect(await store()).toMatchObject({ kind: 'conflict', current: { etag: `"${md5('theirs')}"` } });
      expect(await stored()).toBe('theirs');
    });

    it.each(['before', undefined])('reports a change since as a conflict (over %j)', async (before) => {
      const { store, stored, write } = await job(before);
      await write('theirs');
      refuseConditions();
      expect(await store()).toMatchObject({ kind: 'conflict', current: { etag: `"${md5('theirs')}"` } });
      expect(await stored()).toBe('theirs');
    });
  });

  describe('in a store that refuses a condition that the object meets', () => {
    /** Refuses every conditional put except those with one of these ETags. */
    const refuseAllBut = (...etags: string[]) =>
      bench.proxy.onRequest(({ operation, headers }) => {
        const asked = headers['if-match'] ?? headers['if-none-match'];
        if (operation !== 'PutObject' || asked === undefined || etags.includes(String(asked))) return 'pass';
        return s3Failure(412, 'PreconditionFailed');
      });
    const conditions = () =>
      bench.proxy.requests.flatMap(({ operation, headers }) =>
        operation === 'PutObject' ? [headers['if-match'] ?? headers['if-none-match']] : [],
      );

    it('sends the ETag without quotes to a store that compares it so: the write stays conditional', async () => {
      const { store, stored } = await job('before');
      refuseAllBut(md5('before'));
      expect(await store()).toMatchObject({ kind: 'stored', conditional: true });
      expect(await stored()).toBe(BODY);
      expect(conditions()).toEqual([`"${md5('before')}"`, md5('before')]);
    });

    it.each(['before', undefined])(
      'reads, puts without a condition, reads again (over %j)',
      async (before) => {
        const { store, stored } = await job(before);
        refuseAllBut();
        expect(await store()).toMatchObject({ kind: 'stored', conditional: false });
        expect(await stored()).toBe(BODY);
        expect(conditions().at(-1)).toBeUndefined();
        expect(operations(bench.proxy).slice(-3)).toEqual(['HeadObject', 'PutObject', 'HeadObject']);
      },
    );

    it.each(['before', undefined])('reports a change since as a conflict (over %j)', async (before) => {
      const { store, stored, write } = await job(before);
      await write('theirs');
      refuseAllBut();
      expect(await store()).toMatchObject({ kind: 'conflict', current: { etag: `"${md5('theirs')}"` } });
      expect(await stored()).toBe('theirs');
    });

    it('never omits a condition for AWS, where a refusal counts', async () => {
      const { backend, store, stored } = await job('before');
      refuseAllBut(md5('before'));
      const aws = { ...backend, endpoints: { ...backend.endpoints, s3: undefined } };
      expect(await store({}, aws)).toMatchObject({ kind: 'conflict' });
      expect(await stored()).toBe('before');
      expect(conditions()).toEqual([`"${md5('before')}"`]);
    });
  });

  it('reads the object first without a lock, in a store that may ignore the condition', async () => {
    const { backend, store, stored, write } = await job('before');
    const unlocked = { ...backend, table: undefined };
    // The store behaves like one without conditional requests.
    bench.proxy.onRequest(async ({ operation, body }) => {
      if (operation !== 'PutObject') return 'pass';
      await write(body.toString());
      return { status: 200 };
    });
    expect(await store({}, unlocked)).toMatchObject({ kind: 'stored' });
    expect(await stored()).toBe(BODY);
    await write('theirs');
    bench.proxy.requests.length = 0;
    expect(await store({}, unlocked)).toMatchObject({
      kind: 'conflict',
      current: { etag: `"${md5('theirs')}"` },
    });
    expect(await stored()).toBe('theirs');
    expect(operations(bench.proxy)).toEqual(['HeadObject']);
    const aws = { ...unlocked, endpoints: { ...backend.endpoints, s3: undefined } };
    bench.proxy.reset();
    expect(await store({}, aws)).toMatchObject({ kind: 'conflict' });
    expect(operations(bench.proxy)).toEqual(['PutObject', 'HeadObject']);
  });

  it.each([
    [403, 'AccessDenied', 'access_denied', 1],
    [500, 'InternalError', 'service', 5],
    [404, 'NoSuchBucket', 'no_such_bucket', 1],
  ])('fails on %d %s, and nothing is stored', async (status, code, kind, tries) => {
    const { store, stored } = await job('before');
    bench.proxy.onRequest(() => s3Failure(status, code));
    await expect(store()).rejects.toMatchObject({ kind, api: 's3:PutObject' });
    const puts = operations(bench.proxy).filter((operation) => operation === 'PutObject');
    expect(puts.length).toBe(tries);
    expect(await stored()).toBe('before');
  });
});
