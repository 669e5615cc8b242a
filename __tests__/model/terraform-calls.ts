import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { serializeLockInfo } from '../../src/backend/records/lock-info.ts';
import {
  type AwsClients,
  awsClients,
  deleteItem,
  putItem,
  putObject,
  readItem,
  readObject,
} from '../support/aws.ts';
import { deleteObject } from '../support/backend.ts';
import { type Actor, newProcess } from './actor.ts';
import type { Referee } from './referee.ts';
import type { Stage } from './stage.ts';
import { watchClients } from './watch.ts';
import { type ModelState, parseStateText, type World } from './world.ts';

export type StoreKind = 'item' | 'file';

/** Terraform's own calls, each at its own turn. */
export interface Calls {
  putLock(store: StoreKind): Promise<boolean>;
  /** The stored lock info. */
  readLock(store: StoreKind): Promise<string | undefined>;
  deleteLock(store: StoreKind): Promise<void>;
  readState(): Promise<ModelState | undefined>;
  readDigest(): Promise<string | undefined>;
  writeState(text: string): Promise<void>;
  writeDigest(md5: string): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  destroy(): void;
}

/** Opens them for one Terraform; `id` is its lock's. */
export function openCalls(stage: Stage, world: World, referee: Referee, actor: Actor, id: string): Calls {
  const { bucket, table } = world.fixture;
  const clients = awsClients(world.clients.endpoint);
  watchClients({ s3: Promise.resolve(clients.s3), dynamodb: clients.dynamodb }, world, (committed) =>
    referee.committed(actor, committed),
  );
  const process = newProcess(actor);
  const { signal } = process.cancel;
  const turn = <T>(send: () => Promise<T>): Promise<T> => stage.request(process, signal, send);
  const { key, lockFileKey, lockId, digestPath } = world;
  const info = lockInfo(id, actor.name, lockId, stage.now());
  const text = async (from: string) => (await readObject(clients, bucket, from))?.toString('utf8');
  return {
    putLock: (store) => turn(() => putLock(clients, world, store, info)),
    readLock: (store) =>
      turn(async () =>
        store === 'file' ? await text(lockFileKey) : (await readItem(clients, table, lockId))?.Info,
      ),
    deleteLock: (store) =>
      turn(() =>
        store === 'file' ? deleteObject(clients, bucket, lockFileKey) : deleteItem(clients, table, lockId),
      ),
    readState: async () => {
      const found = await turn(() => text(key));
      return found === undefined ? undefined : parseStateText(found);
    },
    readDigest: () => turn(async () => (await readItem(clients, table, digestPath))?.Digest),
    writeState: (body) => turn(() => putObject(clients, bucket, key, body)),
    writeDigest: (Digest) => turn(() => putItem(clients, table, digestPath, { Digest })),
    sleep: (milliseconds) => stage.sleep(process, milliseconds, signal),
    destroy: clients.destroy,
  };
}

/** False when somebody holds it. */
async function putLock(clients: AwsClients, world: World, store: StoreKind, info: string): Promise<boolean> {
  const failure = store === 'file' ? 'PreconditionFailed' : 'ConditionalCheckFailedException';
  const sent = store === 'file' ? putLockFile(clients, world, info) : putLockItem(clients, world, info);
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === failure) return false;
    throw error;
  }
}

async function putLockFile({ s3 }: AwsClients, { fixture, lockFileKey }: World, info: string): Promise<void> {
  const target = { Bucket: fixture.bucket, Key: lockFileKey };
  await s3.send(new PutObjectCommand({ ...target, Body: info, IfNoneMatch: '*' }));
}

async function putLockItem(
  { dynamodb }: AwsClients,
  { fixture, lockId }: World,
  info: string,
): Promise<void> {
  const Item = { LockID: { S: lockId }, Info: { S: info } };
  const ConditionExpression = 'attribute_not_exists(LockID)';
  await dynamodb.send(new PutItemCommand({ TableName: fixture.table, Item, ConditionExpression }));
}

function lockInfo(id: string, name: string, path: string, now: number): string {
  const created = new Date(now).toISOString().replace('000Z', '123456789Z');
  return serializeLockInfo({
    id,
    operation: 'OperationTypeApply',
    info: '',
    who: `${name}@laptop`,
    version: '1.11.4',
    created,
    path,
  });
}
