import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { lockFile } from '../../../src/backend/lock/lock-file.ts';
import type { FoundLock } from '../../../src/backend/lock/lock-store.ts';
import { parseLockHolder } from '../../../src/backend/records/lock-info.ts';
import type { ObjectOptions } from '../../../src/backend/settings.ts';
import { putObject, readObject } from '../../support/aws.ts';
import {
  type BackendBench,
  deleteObject,
  openBackendBench,
  operations,
  s3Failure,
} from '../../support/backend.ts';
import type { WaitDecision } from '../../support/proxy.ts';
import { makeLock } from '../lock-infos.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;
const ours = makeLock('ours');
const OURS = ours.info;
const THEIRS = makeLock('theirs').info;
const theirHolder = parseLockHolder(THEIRS);
const HELD = { kind: 'held', broken: [] };
const CUSTOMER_KEY = Buffer.alloc(32, 7).toString('base64');
const KEY_HEADERS = {
  'x-amz-server-side-encryption-customer-algorithm': 'AES256',
  'x-amz-server-side-encryption-customer-key': CUSTOMER_KEY,
  'x-amz-server-side-encryption-customer-key-md5': 'y4HAEFCYWuvAXWFTtA1Qpg==',
};

describe.skipIf(motoUrl === '')('the lock file', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'file', versioning: true, table: false });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** The lock file of a new state, with helpers that read and write it. `own`: the store isn't AWS's. */
  function newLock({ own = false, objects = {} }: { own?: boolean; objects?: Partial<ObjectOptions> } = {}) {
    const backend = bench.newBackend(objects);
    const { bucket, lockFileKey: key } = backend.address;
    const { clients } = bench;
    const endpoints = own ? backend.endpoints : { ...backend.endpoints, s3: undefined };
    const lock = lockFile({ ...backend, endpoints });
    return {
      ...lock,
      found: async (): Promise<FoundLock> => {
        const found = await lock.read();
        if (found === undefined) throw new Error('there is no lock');
        return found;
      },
      stored: async () => (await readObject(clients, bucket, key))?.toString(),
      store: (body: string) => putObject(clients, bucket, key, body),
      vanish: () => deleteObject(clients, bucket, key),
      versions: async () => {
        const command = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key });
        const { Versions = [], DeleteMarkers = [] } = await clients.s3.send(command);
        return { versions: Versions.length, deleteMarkers: DeleteMarkers.length };
      },
    };
  }
  /** The given faults for the first requests of an operation, then all pass. */
  const onFirst = (operation: string, ...faults: WaitDecision[]) =>
    bench.proxy.onRequest((record) => (record.operation === operation && faults.shift()) || PASS);
  const calls = () => operations(bench.proxy);

  describe('is taken', () => {
    it('by one conditional put of the lock info, byte for byte', async () => {
      const lock = newLock();
      expect(await lock.acquire(ours, undefined)).toEqual(HELD);
      expect(await lock.stored()).toBe(OURS);
      expect(calls()).toEqual(['PutObject']);
      const [put] = bench.proxy.requests;
      expect(put?.path).toMatch(/\/app\.tfstate\.tflock\?x-id=PutObject$/);
      expect(put?.headers).toMatchObject({ 'if-none-match': '*', 'content-type': 'application/json' });
      expect(put?.headers).toHaveProperty('content-md5');
    });

    it('with the encryption and the ACL of the state', async () => {
      await newLock({ objects: { encrypt: true, acl: 'private' } }).acquire(ours, undefined);
      expect(bench.proxy.requests[0]?.headers).toMatchObject({
        'x-amz-server-side-encryption': 'AES256',
        'x-amz-acl': 'private',
      });
    });

    it('with its own tags', async () => {
      await newLock({ objects: { lockTags: 'team=net' } }).acquire(ours, undefined);
      expect(bench.proxy.requests[0]?.headers).toMatchObject({ 'x-amz-tagging': 'team=net' });
    });

    it('not while somebody holds it: the holder is read, with a customer key too', async () => {
      const lock = newLock({ objects: { encrypt: true, customerKey: CUSTOMER_KEY } });
      await lock.store(THEIRS);
      const outcome = await lock.acquire(ours, undefined);
      expect(outcome).toMatchObject({ kind: 'conflict', lock: { store: 'file', holder: theirHolder } });
      expect(await lock.stored()).toBe(THEIRS);
      expect(calls()).toEqual(['PutObject', 'GetObject']);
      for (const { headers } of bench.proxy.requests) expect(headers).toMatchObject(KEY_HEADERS);
    });

    it('after another try of the caller when the holder vanishes before it can be read', async () => {
      const lock = newLock();
      await lock.store(THEIRS);
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation === 'GetObject') await lock.vanish();
        return PASS;
      });
      expect(await lock.acquire(ours, undefined)).toEqual({ kind: 'vanished' });
      expect(await lock.acquire(ours, undefined)).toEqual(HELD);
    });

    it('when the first answer is lost: the conflict with our own file is a success', async () => {
      const lock = newLock();
      onFirst('PutObject', 'reset-after');
      expect(await lock.acquire(ours, undefined)).toEqual(HELD);
      expect(calls()).toEqual(['PutObject', 'PutObject', 'GetObject']);
      expect(await lock.stored()).toBe(OURS);
    });

    it('when another tool rewrote our file: it is recognised by its id', async () => {
      const lock = newLock();
      await lock.store(JSON.stringify(JSON.parse(OURS), null, 1));
      expect(await lock.acquire(ours, undefined)).toEqual(HELD);
    });

    it('after a 409, which two simultaneous puts get: S3 asks for a retry', async () => {
      const lock = newLock();
      const conflict = s3Failure(409, 'ConditionalRequestConflict');
      onFirst('PutObject', conflict, conflict);
      expect(await lock.acquire(ours, undefined)).toEqual(HELD);
      expect(calls()).toEqual(['PutObject', 'PutObject', 'PutObject']);
    });

    it('not after a 409 when the other put won', async () => {
      const lock = newLock();
      bench.proxy.onRequest(async () => {
        if (bench.proxy.requests.length > 1) return PASS;
        await lock.store(THEIRS);
        return s3Failure(409, 'ConditionalRequestConflict');
      });
      expect(await lock.acquire(ours, undefined)).toMatchObject({ kind: 'conflict' });
    });

    it.each([
      ['lf-501', s3Failure(501, 'NotImplemented')],
      [
        'a 400 that means the same',
        s3Failure(400, 'X', 'A header implies functionality that is not implemented'),
      ],
    ])('not in a store without conditional writes: %s', async (_, answer) => {
      const lock = newLock();
      onFirst('PutObject', answer);
      await expect(lock.acquire(ours, undefined)).rejects.toMatchObject({
        details: { reason: 'no_conditional_writes', cause: { kind: 'not_implemented' } },
      });
      expect(await lock.stored()).toBeUndefined();
    });

    it.each([
      ['encrypt without a KMS', 'Server side encryption specified but KMS is not configured'],
      ['an ACL', "Header 'x-amz-acl' with value 'private' not implemented"],
    ])(
      "not in a store that lacks something else, which the error doesn't mistake for conditional writes: %s",
      async (_, message) => {
        const lock = newLock();
        onFirst('PutObject', s3Failure(501, 'NotImplemented', message));
        await expect(lock.acquire(ours, undefined)).rejects.toMatchObject({ kind: 'not_implemented' });
        expect(await lock.stored()).toBeUndefined();
      },
    );

    it.each([' ', 'by hand', '{"ID":"x","Created":"soon"}'])(
      'not while the file contains %j, which is reported verbatim',
      async (raw) => {
        const lock = newLock();
        await lock.store(raw);
        expect(await lock.acquire(ours, undefined)).toMatchObject({
          kind: 'conflict',
          lock: { holder: { raw, info: undefined } },
        });
      },
    );

    it('again after a release, since a delete marker is no file', async () => {
      const lock = newLock();
      for (let round = 0; round < 2; round += 1) {
        expect(await lock.acquire(ours, undefined)).toEqual(HELD);
        expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      }
      expect(await lock.versions()).toEqual({ versions: 2, deleteMarkers: 2 });
    });

    it('without leaving versions behind while it waits', async () => {
      const lock = newLock();
      await lock.store(THEIRS);
      for (let round = 0; round < 5; round += 1) await lock.acquire(ours, undefined);
      expect(await lock.versions()).toEqual({ versions: 1, deleteMarkers: 0 });
    });
  });

  describe('is taken over', () => {
    it('from a stale holder, by one put on the condition that nothing changed', async () => {
      const lock = newLock();
      await lock.store(THEIRS);
      const stale = await lock.found();
      bench.proxy.reset();
      expect(await lock.acquire(ours, stale)).toEqual({ kind: 'held', broken: [stale] });
      expect(await lock.stored()).toBe(OURS);
      const puts = bench.proxy.requests.filter(({ operation }) => operation === 'PutObject');
      expect(puts.map(({ headers, status }) => [headers['if-match'], status])).toEqual([
        [undefined, 412],
        [stale.store === 'file' ? stale.etag : '', 200],
      ]);
    });

    it('not from anybody else', async () => {
      const lock = newLock();
      await lock.store(THEIRS);
      const stale = await lock.found();
      await lock.store(makeLock('third').info);
      expect(await lock.acquire(ours, stale)).toMatchObject({
        kind: 'conflict',
        lock: { holder: { info: { id: 'third' } } },
      });
    });

    it('not when a third holder is faster', async () => {
      const lock = newLock();
      await lock.store(THEIRS);
      const stale = await lock.found();
      bench.proxy.onRequest(async ({ headers }) => {
        if (headers['if-match'] !== undefined) await lock.store(makeLock('third').info);
        return PASS;
      });
      expect(await lock.acquire(ours, stale)).toEqual({ kind: 'vanished' });
      expect(await lock.stored()).toBe(makeLock('third').info);
    });

    it('once when the answer is lost', async () => {
      const lock = newLock();
      await lock.store(THEIRS);
      const stale = await lock.found();
      bench.proxy.reset();
      bench.proxy.onRequest(({ headers }) => {
        const overs = bench.proxy.requests.filter((request) => request.headers['if-match'] !== undefined);
        return headers['if-match'] !== undefined && overs.length === 1 ? 'reset-after' : PASS;
      });
      expect(await lock.acquire(ours, stale)).toEqual({ kind: 'held', broken: [stale] });
    });

    it('as a free lock when the stale holder has released it meanwhile', async () => {
      const lock = newLock();
      await lock.store(THEIRS);
      const stale = await lock.found();
      await lock.vanish();
      expect(await lock.acquire(ours, stale)).toEqual(HELD);
    });
  });

  describe("in a store other than AWS's", () => {
    it('is read first, and then put twice: the store must refuse the second put', async () => {
      const lock = newLock({ own: true });
      expect(await lock.acquire(ours, undefined)).toEqual(HELD);
      expect(calls()).toEqual(['GetObject', 'PutObject', 'PutObject']);
      expect(bench.proxy.requests[2]?.status).toBe(412);
      expect(await lock.versions()).toEqual({ versions: 1, deleteMarkers: 0 });
    });

    it('stays while somebody holds it, even if a put would replace it', async () => {
      const lock = newLock({ own: true });
      await lock.store(THEIRS);
      ignoreConditions();
      expect(await lock.acquire(ours, undefined)).toMatchObject({ kind: 'conflict' });
      expect(await lock.stored()).toBe(THEIRS);
      expect(calls()).toEqual(['GetObject']);
    });

    it('is refused and released when the store ignores the condition', async () => {
      const lock = newLock({ own: true });
      ignoreConditions();
      await expect(lock.acquire(ours, undefined)).rejects.toMatchObject({
        details: { reason: 'no_conditional_writes', cause: undefined },
      });
      expect(await lock.stored()).toBeUndefined();
    });

    it('is left to a holder who came between the two puts', async () => {
      const lock = newLock({ own: true });
      let puts = 0;
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation !== 'PutObject') return PASS;
        puts += 1;
        if (puts === 2) await lock.store(THEIRS);
        return puts === 1 ? PASS : { status: 200 };
      });
      await expect(lock.acquire(ours, undefined)).rejects.toMatchObject({
        details: { reason: 'no_conditional_writes' },
      });
      expect(await lock.stored()).toBe(THEIRS);
    });

    describe('that refuses If-Match on the current file', () => {
      const refuseQuoted = (pattern: RegExp) =>
        bench.proxy.onRequest(({ operation, headers }) =>
          operation === 'PutObject' && pattern.test(String(headers['if-match'] ?? ''))
            ? s3Failure(412, 'PreconditionFailed')
            : PASS,
        );

      it('is taken over by the ETag without quotes when the store compares that', async () => {
        const lock = newLock({ own: true });
        await lock.store(THEIRS);
        const stale = await lock.found();
        refuseQuoted(/"/);
        expect(await lock.acquire(ours, stale)).toEqual({ kind: 'held', broken: [stale] });
        expect(await lock.stored()).toBe(OURS);
      });

      it('is not taken over, and stays unchanged', async () => {
        const lock = newLock({ own: true });
        await lock.store(THEIRS);
        const stale = await lock.found();
        refuseQuoted(/./);
        await expect(lock.acquire(ours, stale)).rejects.toMatchObject({
          details: { reason: 'takeover_refused', holder: theirHolder },
        });
        expect(await lock.stored()).toBe(THEIRS);
      });
    });

    it('is taken over only if the store honours that condition, too', async () => {
      const lock = newLock({ own: true });
      await lock.store(THEIRS);
      const stale = await lock.found();
      expect(await lock.acquire(ours, stale)).toEqual({ kind: 'held', broken: [stale] });
      const other = newLock({ own: true });
      await other.store(THEIRS);
      ignoreConditions();
      await expect(other.acquire(ours, stale)).rejects.toMatchObject({
        details: { reason: 'no_conditional_writes' },
      });
      expect(await other.stored()).toBeUndefined();
    });

    it('is released when the second put fails for another reason', async () => {
      const lock = newLock({ own: true });
      let puts = 0;
      bench.proxy.onRequest(({ operation }) => {
        if (operation === 'PutObject') puts += 1;
        return operation === 'PutObject' && puts === 2 ? s3Failure(403, 'AccessDenied') : PASS;
      });
      await expect(lock.acquire(ours, undefined)).rejects.toMatchObject({ kind: 'access_denied' });
      expect(await lock.stored()).toBeUndefined();
    });

    /** Makes the store behave like one without conditional requests. */
    function ignoreConditions(): void {
      bench.proxy.onRequest(async ({ operation, path, body }) => {
        if (operation !== 'PutObject') return PASS;
        const [, bucket = '', key = ''] = /^\/([^/]+)\/([^?]+)/.exec(decodeURIComponent(path)) ?? [];
        await putObject(bench.clients, bucket, key, body);
        return { status: 200 };
      });
    }
  });

  describe('is released', () => {
    it("by a delete on the condition that the file hasn't changed since it was read", async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.reset();
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBeUndefined();
      expect(calls()).toEqual(['GetObject', 'DeleteObject']);
      expect(bench.proxy.requests[1]?.headers['if-match']).toMatch(/^"[0-9a-f]{32}"$/);
    });

    it('already, by somebody else before us', async () => {
      expect(await newLock().release(OURS)).toEqual({ kind: 'gone' });
    });

    it("not when it is somebody else's", async () => {
      const lock = newLock();
      await lock.store(THEIRS);
      expect(await lock.release(OURS)).toEqual({ kind: 'taken', holder: theirHolder });
      expect(await lock.stored()).toBe(THEIRS);
    });

    it('not when a successor takes it between the read and the delete', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation === 'DeleteObject') await lock.store(THEIRS);
        return PASS;
      });
      expect(await lock.release(OURS)).toEqual({ kind: 'taken', holder: theirHolder });
      expect(await lock.stored()).toBe(THEIRS);
    });

    it('already, by somebody else between the read and the delete', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation === 'DeleteObject') await lock.vanish();
        return PASS;
      });
      expect(await lock.release(OURS)).toEqual({ kind: 'gone' });
    });

    it.each([
      ['nobody has it', undefined],
      ['a successor has it', THEIRS],
    ])('once when the answer is lost and %s by the second delete', async (_, successor) => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.reset();
      let deletes = 0;
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation !== 'DeleteObject') return PASS;
        deletes += 1;
        if (deletes === 2 && successor !== undefined) await lock.store(successor);
        return deletes === 1 ? 'reset-after' : PASS;
      });
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBe(successor);
    });

    it("by somebody else after a throttled delete, which didn't remove it", async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      let deletes = 0;
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation !== 'DeleteObject') return PASS;
        deletes += 1;
        if (deletes > 1) return s3Failure(412, 'PreconditionFailed');
        await lock.vanish();
        return s3Failure(503, 'SlowDown');
      });
      expect(await lock.release(OURS)).toEqual({ kind: 'gone' });
    });

    it('also when no delete is answered: a read of the bucket shows it', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.onRequest(({ operation }) => (operation === 'DeleteObject' ? 'reset-after' : PASS));
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBeUndefined();
    });

    it('not when no delete arrives, which is an error', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.onRequest(({ operation }) => (operation === 'DeleteObject' ? 'reset-before' : PASS));
      await expect(lock.release(OURS)).rejects.toMatchObject({ api: 's3:DeleteObject' });
    });

    it('as Terraform does it when the store has no conditional deletes', async () => {
      const lock = newLock({ own: true });
      await lock.acquire(ours, undefined);
      onFirst('DeleteObject', s3Failure(501, 'NotImplemented'));
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBeUndefined();
    });

    it('with the customer key on the read', async () => {
      const lock = newLock({ objects: { encrypt: true, customerKey: CUSTOMER_KEY } });
      await lock.acquire(ours, undefined);
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      const reads = bench.proxy.requests.filter(({ operation }) => operation === 'GetObject');
      for (const { headers } of reads) expect(headers).toMatchObject(KEY_HEADERS);
    });

    it('also when it is too long to be a lock: only its beginning is read', async () => {
      const lock = newLock();
      await lock.store(`{"ID":"${'x'.repeat(3_000_000)}"}`);
      const found = await lock.found();
      expect(found.holder.info).toBeUndefined();
      expect(found.holder.raw?.length).toBe(65_536);
      expect(await lock.acquire(ours, undefined)).toMatchObject({ kind: 'conflict' });
      expect(await lock.remove(found)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBeUndefined();
    });

    it('exactly as it was found, whoever wrote it', async () => {
      const lock = newLock();
      await lock.store('by hand');
      const found = await lock.found();
      await lock.store(THEIRS);
      expect(await lock.remove(found)).toEqual({ kind: 'taken', holder: theirHolder });
      await lock.store('by hand');
      expect(await lock.remove(found)).toEqual({ kind: 'released' });
      expect(await lock.remove(found)).toEqual({ kind: 'gone' });
    });

    it.each([
      ['GetObject', 's3:GetObject'],
      ['DeleteObject', 's3:DeleteObject'],
    ])('not when %s is refused permanently, which is an error', async (operation, api) => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      onFirst(operation, s3Failure(403, 'AccessDenied'));
      await expect(lock.release(OURS)).rejects.toMatchObject({ kind: 'access_denied', api });
    });
  });
});
