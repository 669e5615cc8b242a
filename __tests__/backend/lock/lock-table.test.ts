import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { lockTable } from '../../../src/backend/lock/lock-table.ts';
import { parseLockHolder, serializeLockInfo } from '../../../src/backend/records/lock-info.ts';
import { deleteItem, putItem, readItem } from '../../support/aws.ts';
import { type BackendBench, dynamodbFailure, openBackendBench, operations } from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;

const makeInfo = (id: string): string =>
  serializeLockInfo({
    id,
    operation: 'OperationTypeApply',
    info: '',
    who: `${id}@host`,
    version: '1.11.4',
    created: '2026-01-02T03:04:05Z',
    path: 'b/k',
  });
const OURS = makeInfo('ours');
const ours = { id: 'ours', info: OURS, heartbeatMs: undefined };
const THEIRS = makeInfo('theirs');
const theirHolder = parseLockHolder(THEIRS);

describe.skipIf(motoUrl === '')('the lock item', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'lock' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** The lock of a new state, with helpers that read and write its item. */
  function newLock() {
    const { aws, address, table } = bench.newBackend();
    const { clients } = bench;
    const lock = lockTable(aws, table, address.lockPath);
    return {
      ...lock,
      found: async () => {
        const found = await lock.read();
        if (found === undefined) throw new Error('there is no lock');
        return found;
      },
      stored: async () => (await readItem(clients, table, address.lockPath))?.Info,
      store: (attributes: Record<string, string>) => putItem(clients, table, address.lockPath, attributes),
      vanish: () => deleteItem(clients, table, address.lockPath),
      storeItem: (item: Record<string, AttributeValue>) =>
        clients.dynamodb.send(
          new PutItemCommand({ TableName: table, Item: { LockID: { S: address.lockPath }, ...item } }),
        ),
      storeNumber: () =>
        clients.dynamodb.send(
          new PutItemCommand({
            TableName: table,
            Item: { LockID: { S: address.lockPath }, Info: { N: '7' } },
          }),
        ),
    };
  }

  describe('is taken', () => {
    it('by one conditional put, when it is free', async () => {
      const lock = newLock();
      expect(await lock.acquire(ours, undefined)).toEqual({ kind: 'held', broken: [] });
      expect(await lock.stored()).toBe(OURS);
      expect(operations(bench.proxy)).toEqual(['PutItem']);
      expect(JSON.parse(bench.proxy.requests[0]?.body.toString() ?? '')).toMatchObject({
        ConditionExpression: 'attribute_not_exists(LockID)',
        Item: { Info: { S: OURS } },
      });
    });

    it('not while somebody holds it: one call returns the refusal and the holder', async () => {
      const lock = newLock();
      await lock.store({ Info: THEIRS });
      expect(await lock.acquire(ours, undefined)).toMatchObject({
        kind: 'conflict',
        lock: { holder: theirHolder },
      });
      expect(await lock.stored()).toBe(THEIRS);
      expect(operations(bench.proxy)).toEqual(['PutItem']);
    });

    it("not while somebody holds it, with a put and a get when the refusal doesn't name the holder", async () => {
      const lock = newLock();
      await lock.store({ Info: THEIRS });
      bench.proxy.onRequest(({ operation }) =>
        operation === 'PutItem' ? dynamodbFailure('ConditionalCheckFailedException') : 'pass',
      );
      expect(await lock.acquire(ours, undefined)).toMatchObject({
        kind: 'conflict',
        lock: { holder: theirHolder },
      });
      expect(operations(bench.proxy)).toEqual(['PutItem', 'GetItem']);
      expect(JSON.parse(bench.proxy.requests[1]?.body.toString() ?? '')).toMatchObject({
        ConsistentRead: true,
      });
    });

    it('when the first answer is lost: the conflict with our own item is a success', async () => {
      const lock = newLock();
      bench.proxy.onRequest(() => (bench.proxy.requests.length === 1 ? 'reset-after' : 'pass'));
      expect(await lock.acquire(ours, undefined)).toEqual({ kind: 'held', broken: [] });
      expect(operations(bench.proxy)).toEqual(['PutItem', 'PutItem']);
      expect(await lock.stored()).toBe(OURS);
    });

    it('when the network duplicates the request', async () => {
      const lock = newLock();
      bench.proxy.onRequest(() => 'repeat');
      expect(await lock.acquire(ours, undefined)).toEqual({ kind: 'held', broken: [] });
    });

    it('after another try of the caller when the holder vanishes before it can be read', async () => {
      const lock = newLock();
      await lock.store({ Info: THEIRS });
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation === 'GetItem') await lock.vanish();
        return operation === 'PutItem' ? dynamodbFailure('ConditionalCheckFailedException') : PASS;
      });
      expect(await lock.acquire(ours, undefined)).toEqual({ kind: 'vanished' });
    });

    it.each([
      ['without Info', {}, undefined],
      ['with an empty Info', { Info: '' }, ''],
      ['with no JSON', { Info: 'by hand' }, 'by hand'],
      ['with a bad date', { Info: '{"ID":"x","Created":"soon"}' }, '{"ID":"x","Created":"soon"}'],
    ])('not while there is an item %s, which is reported verbatim', async (_, item, raw) => {
      const lock = newLock();
      await lock.store(item);
      const outcome = await lock.acquire(ours, undefined);
      expect(outcome).toMatchObject({ kind: 'conflict', lock: { holder: { raw, info: undefined } } });
    });

    it('not while there is an item whose Info is not a string', async () => {
      const lock = newLock();
      await lock.storeNumber();
      const holder = { raw: undefined, info: undefined };
      expect(await lock.acquire(ours, undefined)).toMatchObject({ kind: 'conflict', lock: { holder } });
      expect(await lock.read()).toMatchObject({ store: 'item', holder });
    });

    it.each([
      ['lock-table-missing', 'ResourceNotFoundException', 'no such table', 'no_such_table'],
      ['-wrong-key-schema', 'ValidationException', 'Missing the key x in the item', 'wrong_table_key'],
      ['access denied', 'AccessDeniedException', 'denied', 'access_denied'],
    ])(
      'not when the table fails, and each failure has an error kind of its own: %s',
      async (_, type, message, kind) => {
        bench.proxy.onRequest(() => dynamodbFailure(type, message));
        await expect(newLock().acquire(ours, undefined)).rejects.toMatchObject({ kind });
        expect(operations(bench.proxy)).toEqual(['PutItem']);
      },
    );
  });

  describe('is taken over', () => {
    const alive = { Heartbeat: { N: '3' }, HeartbeatSeconds: { N: '20' } };

    it.each([
      ['without a heartbeat', {}],
      ['with a heartbeat that stands still', alive],
    ])('from a stale holder %s, in one conditional put that returns what it replaced', async (_, more) => {
      const lock = newLock();
      await lock.storeItem({ Info: { S: THEIRS }, ...more });
      const stale = await lock.found();
      bench.proxy.reset();
      expect(await lock.acquire(ours, stale)).toEqual({ kind: 'held', broken: [stale] });
      expect(operations(bench.proxy)).toEqual(['PutItem']);
      expect(await lock.stored()).toBe(OURS);
    });

    it.each([
      ['has beaten since', { Info: { S: THEIRS }, ...alive, Heartbeat: { N: '4' } }],
      ['has begun to beat since', { Info: { S: THEIRS }, ...alive }],
      ['is a different one by now', { Info: { S: makeInfo('third') } }],
    ])('not when its holder %s', async (_, now) => {
      const lock = newLock();
      const before = 'Heartbeat' in now && now.Heartbeat.N === '4' ? alive : {};
      await lock.storeItem({ Info: { S: THEIRS }, ...before });
      const stale = await lock.found();
      await lock.storeItem(now);
      expect(await lock.acquire(ours, stale)).toMatchObject({ kind: 'conflict', lock: { item: now } });
      expect(await lock.stored()).toBe(now.Info.S);
    });

    it('as a free lock when the stale holder has released it meanwhile', async () => {
      const lock = newLock();
      await lock.store({ Info: THEIRS });
      const stale = await lock.found();
      await lock.vanish();
      expect(await lock.acquire(ours, stale)).toEqual({ kind: 'held', broken: [] });
    });

    it('once when the answer is lost', async () => {
      const lock = newLock();
      await lock.store({ Info: THEIRS });
      const stale = await lock.found();
      bench.proxy.reset();
      bench.proxy.onRequest(() => (bench.proxy.requests.length === 1 ? 'reset-after' : 'pass'));
      expect(await lock.acquire(ours, stale)).toEqual({ kind: 'held', broken: [stale] });
    });

    it('only if it matches to its last character, although messages shorten its fields', async () => {
      const long = makeInfo('x'.repeat(90_000));
      const lock = newLock();
      await lock.store({ Info: long });
      const found = await lock.found();
      await lock.store({ Info: long.replace('x@host', 'y@host') });
      expect(await lock.remove(found)).toMatchObject({ kind: 'taken' });
      await lock.store({ Info: long });
      expect(await lock.remove(found)).toEqual({ kind: 'released' });
    });

    it('not by a removal after another heartbeat', async () => {
      const lock = newLock();
      await lock.storeItem({ Info: { S: THEIRS }, ...alive });
      const stale = await lock.found();
      await lock.storeItem({ Info: { S: THEIRS }, ...alive, Heartbeat: { N: '4' } });
      expect(await lock.remove(stale)).toEqual({ kind: 'taken', holder: theirHolder });
      expect(await lock.remove(await lock.found())).toEqual({ kind: 'released' });
    });
  });

  describe('is read', () => {
    it('consistently, and has no holder when it is free', async () => {
      const lock = newLock();
      expect(await lock.read()).toBeUndefined();
      await lock.store({ Info: THEIRS, ExpiresAt: '5' });
      expect(await lock.read()).toMatchObject({ store: 'item', holder: theirHolder, heartbeat: undefined });
      for (const { body } of bench.proxy.requests) {
        expect(JSON.parse(body.toString())).toMatchObject({
          ConsistentRead: true,
        });
      }
    });
  });

  describe('is released', () => {
    it('by one delete on condition that it is ours', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.reset();
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBeUndefined();
      expect(operations(bench.proxy)).toEqual(['DeleteItem']);
      expect(JSON.parse(bench.proxy.requests[0]?.body.toString() ?? '')).toMatchObject({
        ConditionExpression: 'Info = :info',
        ExpressionAttributeValues: { ':info': { S: OURS } },
      });
    });

    it('already, by somebody else before us', async () => {
      expect(await newLock().release(OURS)).toEqual({ kind: 'gone' });
    });

    it("not when a successor has it: the successor's lock stays", async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation === 'DeleteItem') await lock.store({ Info: THEIRS });
        return PASS;
      });
      expect(await lock.release(OURS)).toEqual({ kind: 'taken', holder: theirHolder });
      expect(await lock.stored()).toBe(THEIRS);
    });

    it("not when a successor has it, who is read if the refusal doesn't name the holder", async () => {
      const lock = newLock();
      await lock.store({ Info: THEIRS });
      bench.proxy.onRequest(({ operation }) =>
        operation === 'DeleteItem' ? dynamodbFailure('ConditionalCheckFailedException') : 'pass',
      );
      expect(await lock.release(OURS)).toEqual({ kind: 'taken', holder: theirHolder });
    });

    it("by the holder's raw text, whoever wrote it", async () => {
      const lock = newLock();
      const raw = '{"id":"theirs", "Extra":1}';
      await lock.store({ Info: raw });
      expect((await lock.read())?.holder.info?.id).toBe('theirs');
      expect(await lock.release(raw)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBeUndefined();
    });

    it('once when the answer is lost and the second delete finds nothing', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.reset();
      bench.proxy.onRequest(() => (bench.proxy.requests.length === 1 ? 'reset-after' : 'pass'));
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBeUndefined();
    });

    it("by somebody else after a throttled delete, which didn't remove it", async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.reset();
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation !== 'DeleteItem' || operations(bench.proxy).length > 1) return PASS;
        await lock.vanish();
        return dynamodbFailure('ThrottlingException');
      });
      await expect(lock.release(OURS)).resolves.toEqual({ kind: 'gone' });
    });

    it('also when no delete is answered: a read of the table shows it', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.onRequest(({ operation }) => (operation === 'DeleteItem' ? 'reset-after' : PASS));
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBeUndefined();
    });

    it('not when no delete arrives or the outcome is unknown, which is an error', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.onRequest(({ operation }) => (operation === 'DeleteItem' ? 'reset-before' : PASS));
      await expect(lock.release(OURS)).rejects.toMatchObject({ api: 'dynamodb:DeleteItem' });
      bench.proxy.onRequest(({ operation }) => (operation === 'DeleteItem' ? 'reset-after' : 'reset-before'));
      await expect(lock.release(OURS)).rejects.toMatchObject({ api: 'dynamodb:DeleteItem' });
    });

    it('already, and held by a successor, when no delete is answered', async () => {
      const lock = newLock();
      await lock.acquire(ours, undefined);
      bench.proxy.onRequest(async ({ operation }) => {
        if (operation === 'GetItem') await lock.store({ Info: THEIRS });
        return operation === 'DeleteItem' ? 'reset-after' : PASS;
      });
      expect(await lock.release(OURS)).toEqual({ kind: 'released' });
      expect(await lock.stored()).toBe(THEIRS);
    });

    it('only if the item has all the attributes that were read', async () => {
      const lock = newLock();
      await lock.store({ Info: THEIRS, Beat: '5' });
      const found = await lock.found();
      expect(found).toMatchObject({ item: { Info: { S: THEIRS }, Beat: { S: '5' } } });
      expect(await lock.remove(found)).toEqual({ kind: 'released' });
      expect(await lock.remove(found)).toEqual({ kind: 'gone' });
      expect(await lock.read()).toBeUndefined();
    });

    it.each(['no Info', 'an Info that is not a string'])(
      'only if the item with %s is still the one that was read',
      async (what) => {
        const lock = newLock();
        const store = () => (what === 'no Info' ? lock.store({ Beat: '5' }) : lock.storeNumber());
        await store();
        const found = await lock.found();
        await lock.store({ Info: THEIRS });
        expect(await lock.remove(found)).toEqual({ kind: 'taken', holder: theirHolder });
        expect(await lock.stored()).toBe(THEIRS);
        await store();
        expect(await lock.remove(found)).toEqual({ kind: 'released' });
        expect(await lock.remove(found)).toEqual({ kind: 'gone' });
      },
    );

    it('not when the table refuses permanently, which is an error', async () => {
      bench.proxy.onRequest(() => dynamodbFailure('AccessDeniedException'));
      await expect(newLock().release(OURS)).rejects.toMatchObject({
        kind: 'access_denied',
        api: 'dynamodb:DeleteItem',
      });
    });
  });
});
