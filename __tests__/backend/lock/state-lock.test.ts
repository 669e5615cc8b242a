import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { FoundLock } from '../../../src/backend/lock/lock-store.ts';
import { stateLock } from '../../../src/backend/lock/state-lock.ts';
import { StateError } from '../../../src/backend/state-error.ts';
import { deleteItem, putItem, putObject, readItem, readObject } from '../../support/aws.ts';
import {
  type BackendBench,
  deleteObject,
  dynamodbFailure,
  openBackendBench,
  operations,
  s3Failure,
} from '../../support/backend.ts';
import { makeLock } from '../lock-infos.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;
const ours = makeLock('ours', 20_000);
const OURS = ours.info;
const THEIRS = makeLock('theirs').info;
const THIRD = makeLock('third').info;
const HELD = { kind: 'held', broken: [] };
const by = (id: string, store: 'file' | 'item') => ({
  kind: 'conflict',
  lock: { store, holder: { info: { id } } },
});

describe.skipIf(motoUrl === '')('the lock in both stores', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'both', versioning: true });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** Both locks of a new state at AWS, with helpers that read and write them. */
  function newLock() {
    const opened = bench.newBackend();
    const endpoints = { ...opened.endpoints, s3: undefined };
    const backend = { ...opened, endpoints, useLockfile: true };
    const { table, address } = backend;
    const { bucket, lockFileKey } = address;
    const { clients } = bench;
    const lock = stateLock(backend);
    if (lock === undefined) throw new Error('nothing is locked');
    return {
      ...lock,
      stored: async () => [
        (await readObject(clients, bucket, lockFileKey))?.toString(),
        (await readItem(clients, table, address.lockPath))?.Info,
      ],
      storeFile: (info: string) => putObject(clients, bucket, lockFileKey, info),
      storeItem: (info: string) => putItem(clients, table, address.lockPath, { Info: info }),
      dropFile: () => deleteObject(clients, bucket, lockFileKey),
      dropItem: () => deleteItem(clients, table, address.lockPath),
      beat: () =>
        clients.dynamodb.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { LockID: { S: address.lockPath } },
            UpdateExpression: 'SET Heartbeat = :n',
            ExpressionAttributeValues: { ':n': { N: '9' } },
          }),
        ),
      versions: async () => {
        const command = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: lockFileKey });
        return (await clients.s3.send(command)).Versions?.length ?? 0;
      },
      /** The lock that somebody else holds in both stores, as its item shows it. */
      heldByOther: async (): Promise<FoundLock> => {
        await stateLock(backend)?.acquire(makeLock('theirs', 20_000));
        const found = (await lock.read()).find(({ store }) => store === 'item');
        bench.proxy.reset();
        if (found === undefined) throw new Error('there is no item');
        return found;
      },
    };
  }
  const calls = () => operations(bench.proxy);

  describe('is taken', () => {
    it('file first, then item, with identical info', async () => {
      const lock = newLock();
      expect(await lock.acquire(ours)).toEqual(HELD);
      expect(calls()).toEqual(['PutObject', 'PutItem']);
      expect(await lock.stored()).toEqual([OURS, OURS]);
      expect((await lock.read()).map(({ store }) => store)).toEqual(['file', 'item']);
    });

    it('not while somebody has the item, and the file is released', async () => {
      const lock = newLock();
      await lock.storeItem(THEIRS);
      expect(await lock.acquire(ours)).toMatchObject(by('theirs', 'item'));
      expect(calls()).toEqual(['PutObject', 'PutItem', 'GetObject', 'DeleteObject']);
      expect(await lock.stored()).toEqual([undefined, THEIRS]);
      await lock.dropItem();
      expect(await lock.acquire(ours)).toEqual(HELD);
    });

    it('after a wait that reads the item first and leaves no further versions of the file', async () => {
      const lock = newLock();
      await lock.storeItem(THEIRS);
      for (let round = 0; round < 4; round += 1) {
        expect(await lock.acquire(ours)).toMatchObject(by('theirs', 'item'));
      }
      expect(calls().slice(4)).toEqual(['GetItem', 'GetItem', 'GetItem']);
      expect(await lock.versions()).toBe(1);
    });

    it('not while somebody has only the file, and the item is not tried', async () => {
      const lock = newLock();
      await lock.storeFile(THEIRS);
      expect(await lock.acquire(ours)).toMatchObject(by('theirs', 'file'));
      expect(calls()).toEqual(['PutObject', 'GetObject', 'GetItem']);
      expect(await lock.stored()).toEqual([THEIRS, undefined]);
    });

    it('not while somebody has both: the item is reported, since only an item has a heartbeat', async () => {
      const lock = newLock();
      await lock.heldByOther();
      const outcome = await lock.acquire(ours);
      expect(outcome).toMatchObject(by('theirs', 'item'));
      expect(outcome).toMatchObject({ lock: { heartbeat: { beats: 0, intervalMs: 20_000 } } });
    });

    it("not when the file can't be released: the error names the file that stays", async () => {
      const lock = newLock();
      await lock.storeItem(THEIRS);
      bench.proxy.onRequest(({ operation }) =>
        operation === 'DeleteObject' ? s3Failure(403, 'AccessDenied') : PASS,
      );
      const error = await lock.acquire(ours).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StateError);
      expect(error).toMatchObject({
        details: {
          reason: 'rollback_failed',
          stays: 'file',
          info: OURS,
          holder: { raw: THEIRS },
          cause: { api: 's3:DeleteObject' },
        },
      });
      expect(await lock.stored()).toEqual([OURS, THEIRS]);
    });

    it.each([
      ['PutObject', [OURS, OURS]],
      ['PutItem', [OURS, OURS]],
    ])('when the answer to the %s is lost', async (lost, stored) => {
      const lock = newLock();
      const seen = new Set<string>();
      bench.proxy.onRequest(({ operation }) => {
        const first = !seen.has(operation);
        seen.add(operation);
        return operation === lost && first ? 'reset-after' : PASS;
      });
      expect(await lock.acquire(ours)).toEqual(HELD);
      expect(await lock.stored()).toEqual(stored);
    });

    it('not when the table refuses: the error leaves the file to the release', async () => {
      const lock = newLock();
      bench.proxy.onRequest(({ operation }) =>
        operation === 'PutItem' ? dynamodbFailure('AccessDeniedException') : PASS,
      );
      await expect(lock.acquire(ours)).rejects.toMatchObject({ kind: 'access_denied' });
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toEqual([undefined, undefined]);
    });
  });

  describe('is taken over', () => {
    it('in both stores from one stale holder, the item first', async () => {
      const lock = newLock();
      const stale = await lock.heldByOther();
      const outcome = await lock.acquire(ours, stale);
      expect(outcome).toMatchObject({ kind: 'held', broken: [{ store: 'item' }, { store: 'file' }] });
      expect(calls()).toEqual(['PutItem', 'PutObject', 'GetObject', 'PutObject']);
      expect(await lock.stored()).toEqual([OURS, OURS]);
    });

    it("not when the item's heartbeat has moved since: the file of a living holder stays", async () => {
      const lock = newLock();
      const stale = await lock.heldByOther();
      await lock.beat();
      expect(await lock.acquire(ours, stale)).toMatchObject({
        ...by('theirs', 'item'),
        lock: { heartbeat: { beats: 9 } },
      });
      const { info } = makeLock('theirs', 20_000);
      expect(await lock.stored()).toEqual([info, info]);
    });

    it('in the item alone when the file is gone', async () => {
      const lock = newLock();
      const stale = await lock.heldByOther();
      await lock.dropFile();
      expect(await lock.acquire(ours, stale)).toMatchObject({ kind: 'held', broken: [{ store: 'item' }] });
      expect(await lock.stored()).toEqual([OURS, OURS]);
    });

    it('not when a third holder has the file: the item is released, and reported once both are ours', async () => {
      const lock = newLock();
      const stale = await lock.heldByOther();
      await lock.storeFile(THIRD);
      expect(await lock.acquire(ours, stale)).toMatchObject(by('third', 'file'));
      expect(await lock.stored()).toEqual([THIRD, undefined]);
      await lock.dropFile();
      expect(await lock.acquire(ours)).toMatchObject({ kind: 'held', broken: [{ store: 'item' }] });
    });

    it("not when the item can't be released: the error names the item that stays", async () => {
      const lock = newLock();
      const stale = await lock.heldByOther();
      await lock.storeFile(THIRD);
      bench.proxy.onRequest(({ operation }) =>
        operation === 'DeleteItem' ? dynamodbFailure('AccessDeniedException') : PASS,
      );
      await expect(lock.acquire(ours, stale)).rejects.toMatchObject({
        details: { reason: 'rollback_failed', stays: 'item', holder: { raw: THIRD } },
      });
    });

    it("not when the item can't be released and the file's holder has vanished: the error names the item", async () => {
      const lock = newLock();
      const stale = await lock.heldByOther();
      await lock.storeFile(THIRD);
      bench.proxy.onRequest(({ operation }) => {
        if (operation === 'GetObject') return s3Failure(404, 'NoSuchKey');
        return operation === 'DeleteItem' ? dynamodbFailure('AccessDeniedException') : PASS;
      });
      await expect(lock.acquire(ours, stale)).rejects.toMatchObject({
        details: { reason: 'rollback_failed', stays: 'item', holder: undefined },
      });
    });

    it('with a record of what was taken over, even if it had to be released', async () => {
      const lock = newLock();
      const stale = await lock.heldByOther();
      await lock.storeFile(THIRD);
      await lock.acquire(ours, stale);
      expect(lock.broken).toMatchObject([{ store: 'item', holder: { info: { id: 'theirs' } } }]);
    });

    it('not from a living holder of both whose file blocked an earlier takeover', async () => {
      const lock = newLock();
      const stale = await lock.heldByOther();
      await lock.storeFile(THIRD);
      await lock.acquire(ours, stale);
      await lock.dropFile();
      await lock.heldByOther();
      expect(await lock.acquire(ours)).toMatchObject({
        ...by('theirs', 'item'),
        lock: { heartbeat: { intervalMs: 20_000 } },
      });
    });

    it('from a file without an item', async () => {
      const lock = newLock();
      await lock.storeFile(THEIRS);
      const [stale] = await lock.read();
      expect(await lock.acquire(ours, stale)).toMatchObject({ kind: 'held', broken: [{ store: 'file' }] });
      expect(await lock.stored()).toEqual([OURS, OURS]);
    });
  });

  describe('is ours', () => {
    it('only while we hold it in both stores', async () => {
      const lock = newLock();
      await lock.acquire(ours);
      expect(await lock.findOtherHolder(OURS)).toBeUndefined();
      await lock.dropFile();
      expect(await lock.findOtherHolder(OURS)).toEqual({ holder: undefined });
      await lock.storeItem(THEIRS);
      expect(await lock.findOtherHolder(OURS)).toMatchObject({ holder: { raw: THEIRS } });
      await lock.storeFile(OURS);
      expect(await lock.findOtherHolder(OURS)).toMatchObject({ holder: { raw: THEIRS } });
    });
  });

  describe('is released', () => {
    it("in parallel, so a hanging store doesn't use up the other's time", async () => {
      const lock = newLock();
      await lock.acquire(ours);
      bench.proxy.reset();
      let itemIsFree = () => {};
      const freed = new Promise<void>((resolve) => {
        itemIsFree = resolve;
      });
      bench.proxy.afterResponse(({ operation }) => (operation === 'DeleteItem' ? itemIsFree() : undefined));
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation === 'GetObject') await freed;
        return PASS;
      });
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(calls().sort()).toEqual(['DeleteItem', 'DeleteObject', 'GetObject']);
      expect(await lock.stored()).toEqual([undefined, undefined]);
    });

    it.each(['dropFile', 'dropItem'] as const)('with success when one part is gone (%s)', async (drop) => {
      const lock = newLock();
      await lock.acquire(ours);
      await lock[drop]();
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toEqual([undefined, undefined]);
      expect(await lock.release(OURS)).toEqual({ kind: 'gone' });
    });

    it.each([
      ['GetObject', [OURS, undefined]],
      ['DeleteObject', [OURS, undefined]],
      ['DeleteItem', [undefined, OURS]],
    ])('as far as possible: when %s fails, the other store is still freed', async (failing, stored) => {
      const lock = newLock();
      await lock.acquire(ours);
      bench.proxy.onRequest(({ operation, service }) => {
        if (operation !== failing) return PASS;
        return service === 's3' ? s3Failure(403, 'AccessDenied') : dynamodbFailure('AccessDeniedException');
      });
      await expect(lock.release(OURS)).rejects.toMatchObject({ kind: 'access_denied' });
      expect(await lock.stored()).toEqual(stored);
    });

    it.each([
      ['storeFile', [THEIRS, undefined]],
      ['storeItem', [undefined, THEIRS]],
    ] as const)('not in a store where somebody else has it by now (%s)', async (store, stored) => {
      const lock = newLock();
      await lock.acquire(ours);
      await lock[store](THEIRS);
      expect(await lock.release(OURS)).toMatchObject({ kind: 'taken', holder: { raw: THEIRS } });
      expect(await lock.stored()).toEqual(stored);
    });

    it('store by store, each as it was found', async () => {
      const lock = newLock();
      await lock.storeFile(THEIRS);
      await lock.storeItem(THIRD);
      expect(await lock.free(await lock.read())).toEqual([{ kind: 'released' }, { kind: 'released' }]);
      expect(await lock.stored()).toEqual([undefined, undefined]);
    });
  });

  it('a job with both stores and jobs with one exclude each other', async () => {
    const opened = bench.newBackend();
    const lock = (useLockfile: boolean, table: string | undefined) =>
      stateLock({ ...opened, useLockfile, table });
    const both = lock(true, opened.table);
    for (const peer of [lock(false, opened.table), lock(true, undefined)]) {
      expect(await both?.acquire(ours)).toEqual(HELD);
      expect(await peer?.acquire(makeLock('theirs'))).toMatchObject({ kind: 'conflict' });
      await both?.release(OURS);
      expect(await peer?.acquire(makeLock('theirs'))).toEqual(HELD);
      expect(await both?.acquire(ours)).toMatchObject({ kind: 'conflict' });
      await peer?.release(makeLock('theirs').info);
    }
  });

  it('there is no lock when neither store is configured', () => {
    expect(stateLock({ ...bench.newBackend(), table: undefined })).toBeUndefined();
  });
});
