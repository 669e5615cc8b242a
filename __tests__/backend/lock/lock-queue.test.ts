import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { DEAD_AFTER_MS } from '../../../src/backend/lock/lock-queue.ts';
import { type StateLock, stateLock } from '../../../src/backend/lock/state-lock.ts';
import { listObjects, readItem } from '../../support/aws.ts';
import {
  type BackendBench,
  type BenchBackend,
  dynamodbFailure,
  openBackendBench,
  operations,
  s3Failure,
} from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const PASS = 'pass' as const;
const first = { id: '11111111-1111-4111-8111-111111111111' };
const second = { id: '22222222-2222-4222-8222-222222222222' };
const third = { id: '33333333-3333-4333-8333-333333333333' };

describe.skipIf(motoUrl === '')('the queue for a lock', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'queue' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  /** A lock that is in the table, or in its lock file alone; and what is left of its queue. */
  function newLock(store: 'item' | 'file') {
    const backend: BenchBackend = bench.newBackend();
    const { bucket, objectKey } = backend.address;
    let joinedAt = 1_795_800_000_000;
    return {
      /** A waiter, who would join a second after the one before. */
      waiter: (): StateLock => {
        joinedAt += 1_000;
        const storeNow = joinedAt;
        const aws = { ...backend.aws, storeNow: () => storeNow };
        const where =
          store === 'item' ? { ...backend, aws } : { ...backend, aws, table: undefined, useLockfile: true };
        const lock = stateLock(where);
        if (lock === undefined) throw new Error('nothing is locked');
        return lock;
      },
      left: async () => {
        const item = await readItem(bench.clients, backend.table, `queue:${bucket}/${objectKey}`);
        const objects = await listObjects(bench.clients, bucket, `${objectKey}.queue/`);
        return [...Object.keys(item ?? {}), ...objects.map((key) => key.slice(objectKey.length))];
      },
    };
  }

  describe.each(['item', 'file'] as const)('in the %s', (store) => {
    it('orders its waiters by when they joined, and disappears with the last of them', async () => {
      const lock = newLock(store);
      const one = lock.waiter();
      const two = lock.waiter();
      const three = lock.waiter();
      expect(await one.queue.countAhead(first, 0)).toBe(0);
      expect(await three.queue.countAhead(third, 0)).toBe(1);
      expect(await two.queue.countAhead(second, 0)).toBe(1);
      expect(await three.queue.countAhead(third, 1)).toBe(2);
      await one.queue.leave();
      expect(await two.queue.countAhead(second, 2)).toBe(0);
      expect(await three.queue.countAhead(third, 2)).toBe(1);
      await two.queue.leave();
      await three.queue.leave();
      expect(await lock.left()).toEqual([]);
    });

    it('passes over a waiter that stops renewing, and one waiter removes that ticket', async () => {
      const lock = newLock(store);
      const dead = lock.waiter();
      const next = lock.waiter();
      await dead.queue.countAhead(first, 0);
      expect(await next.queue.countAhead(second, 0)).toBe(1);
      expect(await next.queue.countAhead(second, DEAD_AFTER_MS - 1)).toBe(1);
      expect(await next.queue.countAhead(second, DEAD_AFTER_MS)).toBe(0);
      expect((await lock.left()).join()).not.toContain('11111111');
      await next.queue.leave();
      expect(await lock.left()).toEqual([]);
    });

    it('takes a waiter that seemed dead back into its old place', async () => {
      const lock = newLock(store);
      const late = lock.waiter();
      const next = lock.waiter();
      await late.queue.countAhead(first, 0);
      await next.queue.countAhead(second, 0);
      await next.queue.countAhead(second, DEAD_AFTER_MS);
      await late.queue.countAhead(first, DEAD_AFTER_MS + 1_000);
      // In the bucket it sees in a listing that its ticket is gone, and writes it with the next renewal.
      expect(await late.queue.countAhead(first, DEAD_AFTER_MS + 2_000)).toBe(0);
      expect(await next.queue.countAhead(second, DEAD_AFTER_MS + 2_000)).toBe(1);
    });

    it('lets post remove the ticket of a main that was killed', async () => {
      const lock = newLock(store);
      await lock.waiter().queue.countAhead(first, 0);
      await lock.waiter().queue.removeTicket(first);
      expect(await lock.left()).toEqual([]);
      await lock.waiter().queue.removeTicket(first);
      expect(await lock.left()).toEqual([]);
    });

    it('has no ticket of ours after a refused write, so leaving sends nothing', async () => {
      const refusal =
        store === 'item' ? dynamodbFailure('AccessDeniedException') : s3Failure(403, 'AccessDenied');
      bench.proxy.onRequest(() => refusal);
      const waiter = newLock(store).waiter();
      await expect(waiter.queue.countAhead(first, 0)).rejects.toMatchObject({ kind: 'access_denied' });
      expect(waiter.queue.mayBeIn()).toBe(false);
      const sent = operations(bench.proxy).length;
      await waiter.queue.leave();
      expect(operations(bench.proxy)).toHaveLength(sent);
    });
  });

  it('costs one request per renewal in the table, and a listing with an occasional put in the bucket', async () => {
    const item = newLock('item').waiter();
    for (const now of [0, 1_000, 2_000]) await item.queue.countAhead(first, now);
    expect(operations(bench.proxy)).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem']);
    bench.proxy.reset();
    const file = newLock('file').waiter();
    for (const now of [0, 1_000, 15_000]) await file.queue.countAhead(first, now);
    expect(operations(bench.proxy)).toEqual([
      'PutObject',
      'ListObjectsV2',
      'ListObjectsV2',
      'PutObject',
      'ListObjectsV2',
    ]);
  });

  it('of a ticket that has changed since it was read removes nothing', async () => {
    const lock = newLock('item');
    const slow = lock.waiter();
    const next = lock.waiter();
    await slow.queue.countAhead(first, 0);
    await next.queue.countAhead(second, 0);
    let renewed = false;
    bench.proxy.onRequest(async ({ operation, body }) => {
      if (operation !== 'UpdateItem' || !body.includes('REMOVE') || renewed) return PASS;
      renewed = true;
      await slow.queue.countAhead(first, DEAD_AFTER_MS);
      return PASS;
    });
    await next.queue.countAhead(second, DEAD_AFTER_MS);
    expect(renewed).toBe(true);
    expect(await lock.left()).toContain('11111111');
  });
});
