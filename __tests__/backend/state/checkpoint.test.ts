import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { lockTable } from '../../../src/backend/lock/lock-table.ts';
import { serializeLockInfo } from '../../../src/backend/records/lock-info.ts';
import { commitCheckpoint, renewLock } from '../../../src/backend/state/checkpoint.ts';
import { deleteItem, putItem, readItem } from '../../support/aws.ts';
import { type BackendBench, dynamodbFailure, openBackendBench, operations } from '../../support/backend.ts';

const motoUrl = inject('motoUrl') ?? '';
const OLD = '0'.repeat(32);
const NEW = '1'.repeat(32);
const info = serializeLockInfo({
  id: 'ours',
  operation: 'o',
  info: 'a & b',
  who: 'w',
  version: '1',
  created: '2026-01-02T03:04:05Z',
  path: 'b/k',
});
const lock = { id: 'ours', info, heartbeatMs: 20_000 };

describe.skipIf(motoUrl === '')('a lock that is kept alive', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'checkpoint' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  async function held() {
    const backend = bench.newBackend();
    const { aws, address, table } = backend;
    await lockTable(aws, table, address.lockPath).acquire(lock, undefined);
    await putItem(bench.clients, table, address.digestPath, { Digest: OLD });
    bench.proxy.reset();
    const beat = (beats: number) => ({ table, lock, beats });
    return {
      renew: (beats: number) => renewLock(backend, beat(beats)),
      commit: (beats: number) => commitCheckpoint(backend, beat(beats), { md5: NEW, previousMd5: OLD }),
      takeOver: () => putItem(bench.clients, table, address.lockPath, { Info: 'theirs' }),
      free: () => deleteItem(bench.clients, table, address.lockPath),
      digest: async () => (await readItem(bench.clients, table, address.digestPath))?.Digest,
      item: async () => {
        const Key = { LockID: { S: address.lockPath } };
        return (await bench.clients.dynamodb.send(new GetItemCommand({ TableName: table, Key }))).Item;
      },
    };
  }
  const alive = (beats: number) => ({
    LockID: { S: expect.any(String) },
    Info: { S: info },
    Heartbeat: { N: String(beats) },
    HeartbeatSeconds: { N: '20' },
  });

  it('gets its heartbeat renewed by one call, which leaves the info byte for byte unchanged', async () => {
    const ours = await held();
    expect(await ours.renew(1)).toBe(true);
    expect(operations(bench.proxy)).toEqual(['PutItem']);
    expect(await ours.item()).toEqual(alive(1));
  });

  it('is not renewed once it is free or held by somebody else', async () => {
    const ours = await held();
    await ours.takeOver();
    expect(await ours.renew(1)).toBe(false);
    expect((await ours.item())?.Info?.S).toBe('theirs');
    await ours.free();
    expect(await ours.renew(2)).toBe(false);
    expect(await ours.item()).toBeUndefined();
  });

  it('is renewed together with the digest of a checkpoint, in one transaction', async () => {
    const ours = await held();
    expect(await ours.commit(3)).toEqual({ digest: { kind: 'written' }, isHeld: true });
    expect(operations(bench.proxy)).toEqual(['TransactWriteItems']);
    expect(await ours.item()).toEqual(alive(3));
    expect(await ours.digest()).toBe(NEW);
  });

  it('is renewed after the digest when the table has no transactions', async () => {
    const ours = await held();
    bench.proxy.onRequest(({ operation }) =>
      operation === 'TransactWriteItems' ? dynamodbFailure('AccessDeniedException') : 'pass',
    );
    expect(await ours.commit(3)).toEqual({ digest: { kind: 'written' }, isHeld: true });
    expect(operations(bench.proxy)).toEqual([
      'TransactWriteItems',
      'GetItem',
      'GetItem',
      'PutItem',
      'PutItem',
    ]);
    expect(await ours.item()).toEqual(alive(3));
    expect(await ours.digest()).toBe(NEW);
  });

  it('is not taken back when lost, and no digest is written for an object that is not ours', async () => {
    const ours = await held();
    await ours.takeOver();
    expect(await ours.commit(3)).toEqual({ digest: { kind: 'not_ours' }, isHeld: false });
    expect((await ours.item())?.Info?.S).toBe('theirs');
    expect(await ours.digest()).toBe(OLD);
  });
});
