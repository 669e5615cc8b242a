import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Aws } from '../../aws/aws.ts';
import { AwsError } from '../../aws/errors.ts';
import { mayHaveActed } from '../../aws/in-doubt.ts';
import { type LockHolder, parseLockHolder } from '../records/lock-info.ts';
import { traceWrite, type WriteTrace } from '../write-trace.ts';
import type {
  AcquireOutcome,
  FoundLock,
  Heartbeat,
  LockItem,
  LockStore,
  OurLock,
  ReleaseOutcome,
} from './lock-store.ts';
import { wasOurRelease } from './lost-answer.ts';

/** A lock that was found in the table. */
export type FoundItem = Extract<FoundLock, { store: 'item' }>;

/** The condition of a write. */
type Condition = Pick<DeleteItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>;

/**
 * Terraform's lock in DynamoDB for one state: an item that exists while somebody holds the lock
 * (docs/protocol.md#lock-item). `path` is its `LockID`.
 */
export function lockTable(aws: Aws, table: string, path: string): LockStore {
  const trace: WriteTrace = { mayBeOurs: false };
  const item: TableScope = { aws, table, path, trace };
  return {
    acquire: async (ours, stale) => {
      const outcome = await acquireItem(item, ours, stale);
      if (outcome.kind === 'conflict') trace.mayBeOurs = false;
      return outcome;
    },
    read: () => readItem(item),
    release: async (info) => {
      const outcome = await deleteItem(item, info, infoIs({ S: info }));
      // An interrupted write of ours may still arrive after no lock was found.
      if (outcome.kind !== 'gone') trace.mayBeOurs = false;
      return outcome;
    },
    mayBeOurs: () => trace.mayBeOurs,
    remove: async (found) =>
      found.store === 'item' ? await deleteItem(item, found.holder.raw, isStill(found)) : { kind: 'gone' },
  };
}

interface TableScope {
  readonly aws: Aws;
  readonly table: string;
  readonly path: string;
  readonly trace: WriteTrace;
}

async function readItem({ aws, table, path }: TableScope): Promise<FoundItem | undefined> {
  const command = new GetItemCommand({
    TableName: table,
    Key: { LockID: { S: path } },
    ConsistentRead: true,
  });
  const { Item } = await aws.call({ api: 'dynamodb:GetItem', resource: `table ${table}` }, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
  return Item && foundItem(Item);
}

async function acquireItem(
  lockTable: TableScope,
  ours: OurLock,
  stale: FoundLock | undefined,
): Promise<AcquireOutcome> {
  try {
    const before = await traceWrite(lockTable.trace, () => putItem(lockTable, ours, stale));
    return { kind: 'held', broken: before === undefined ? [] : [foundItem(before)] };
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
    const lock = itemInError(error) ?? (await readItem(lockTable));
    if (lock === undefined) return { kind: 'vanished' };
    if (!isOurs(lock.holder, ours)) return { kind: 'conflict', lock };
    // The lock is from our own put, whose answer was lost. It took over what it was meant to take over.
    return { kind: 'held', broken: stale?.store === 'item' ? [stale] : [] };
  }
}

/** Returns the item that the put replaced. */
async function putItem(
  { aws, table, path }: TableScope,
  ours: OurLock,
  stale: FoundLock | undefined,
): Promise<LockItem | undefined> {
  const command = new PutItemCommand({
    TableName: table,
    Item: lockItem(path, ours, 0),
    ...freeOrStale(stale),
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const { Attributes } = await aws.call(
    { api: 'dynamodb:PutItem', resource: `table ${table}` },
    (abortSignal) => aws.dynamodb.send(command, { abortSignal }),
  );
  return Attributes;
}

/** `raw`: the holder whose lock is deleted. */
async function deleteItem(
  lockTable: TableScope,
  raw: string | undefined,
  condition: Condition,
): Promise<ReleaseOutcome> {
  const { aws, table, path } = lockTable;
  const command = new DeleteItemCommand({
    TableName: table,
    Key: { LockID: { S: path } },
    ...condition,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await aws.call({ api: 'dynamodb:DeleteItem', resource: `table ${table}` }, (abortSignal) =>
      aws.dynamodb.send(command, { abortSignal }),
    );
    return { kind: 'released' };
  } catch (error) {
    if (!isConditionFailed(error)) {
      if (await wasOurRelease(error, raw, () => readItem(lockTable))) return { kind: 'released' };
      throw error;
    }
    const lock = itemInError(error) ?? (await readItem(lockTable));
    if (lock !== undefined) return { kind: 'taken', holder: lock.holder };
    // An attempt without an answer has probably done the delete.
    return mayHaveActed(error) ? { kind: 'released' } : { kind: 'gone' };
  }
}

/**
 * The lock item as it is stored: Terraform's two attributes and, if a checkpointer renews it, the heartbeat. Neither
 * Terraform nor OpenTofu reads the heartbeat or uses it in a condition (docs/protocol.md#lock-info).
 */
export function lockItem(path: string, { info, heartbeatMs }: OurLock, beats: number): LockItem {
  const item = { LockID: { S: path }, Info: { S: info } };
  if (heartbeatMs === undefined) return item;
  return { ...item, Heartbeat: { N: String(beats) }, HeartbeatSeconds: { N: String(heartbeatMs / 1000) } };
}

/** Reads a lock item, even a broken one. */
export function foundItem(item: LockItem): FoundItem {
  return { store: 'item', holder: parseLockHolder(item.Info?.S), heartbeat: parseHeartbeat(item), item };
}

/** Whether a holder is this lock: the same bytes or, after another tool rewrote it, the same id. */
export function isOurs(holder: LockHolder, { id, info }: OurLock): boolean {
  return holder.raw === info || holder.id === id;
}

function parseHeartbeat({ Heartbeat, HeartbeatSeconds }: LockItem): Heartbeat | undefined {
  const beats = Number(Heartbeat?.N);
  const seconds = Number(HeartbeatSeconds?.N);
  return Number.isFinite(beats) && seconds > 0 ? { beats, intervalMs: seconds * 1000 } : undefined;
}

/** One condition for both cases: there is no lock, or it is still the stale one without a new beat. */
function freeOrStale(stale: FoundLock | undefined) {
  const free = 'attribute_not_exists(LockID)';
  if (stale?.store !== 'item' || stale.item.Info === undefined) return { ConditionExpression: free };
  const { Info, Heartbeat } = stale.item;
  if (Heartbeat === undefined) {
    return {
      ConditionExpression: `${free} OR (Info = :stale AND attribute_not_exists(Heartbeat))`,
      ExpressionAttributeValues: { ':stale': Info },
    };
  }
  return {
    ConditionExpression: `${free} OR (Info = :stale AND Heartbeat = :beat)`,
    ExpressionAttributeValues: { ':stale': Info, ':beat': Heartbeat },
  };
}

/** The condition that an item exists with this exact `Info` or, when undefined, without any. */
function infoIs(info: AttributeValue | undefined): Condition {
  return info === undefined
    ? { ConditionExpression: 'attribute_exists(LockID) AND attribute_not_exists(Info)' }
    : { ConditionExpression: 'Info = :info', ExpressionAttributeValues: { ':info': info } };
}

/**
 * The condition that an item has not changed since it was found and, if its heartbeat counts, has had no beat since.
 */
function isStill({ item, heartbeat }: FoundItem): Condition {
  const same = infoIs(item.Info);
  if (heartbeat === undefined || item.Heartbeat === undefined) return same;
  return {
    ConditionExpression: `${same.ConditionExpression} AND Heartbeat = :beat`,
    ExpressionAttributeValues: { ...same.ExpressionAttributeValues, ':beat': item.Heartbeat },
  };
}

function isConditionFailed(error: unknown): error is AwsError {
  return error instanceof AwsError && error.kind === 'conditional_check_failed';
}

/** DynamoDB returns the item that caused the conflict, so most conflicts need no second call. */
function itemInError(error: AwsError): FoundItem | undefined {
  const { cause } = error;
  return cause instanceof ConditionalCheckFailedException && cause.Item ? foundItem(cause.Item) : undefined;
}
