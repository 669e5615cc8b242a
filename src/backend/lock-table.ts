import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Aws } from '../aws/aws.ts';
import { AwsError } from '../aws/errors.ts';
import { type LockHolder, parseLockHolder } from './lock-info.ts';

/** What came of one try to take the lock. `vanished`: it was held, and free again before we could see by whom. */
export type AcquireOutcome =
  | { readonly kind: 'held' }
  | { readonly kind: 'conflict'; readonly holder: LockHolder }
  | { readonly kind: 'vanished' };

/** What came of a conditional release. `gone`: there was no lock any more. `taken`: somebody else holds it now. */
export type ReleaseOutcome =
  | { readonly kind: 'released' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'taken'; readonly holder: LockHolder };

/** Terraform's lock in DynamoDB, for one state: an item that exists while somebody holds it (spec 4). */
export interface LockTable {
  /** Puts our item if there is none. A conflict with our very own item (a lost answer) counts as held. */
  acquire(info: string, lockId: string): Promise<AcquireOutcome>;
  /** The holder, read consistently; undefined when the lock is free. */
  read(): Promise<LockHolder | undefined>;
  /** The whole item, read consistently, however broken it is; undefined when the lock is free. */
  readItem(): Promise<LockItem | undefined>;
  /** Deletes the item if its `Info` is byte for byte ours. */
  release(info: string): Promise<ReleaseOutcome>;
  /** Deletes the item if its `Info` is still what was read, of whatever type, or still missing. */
  releaseItem(item: LockItem): Promise<ReleaseOutcome>;
}

/** A lock item with all its attributes. */
export type LockItem = Readonly<Record<string, AttributeValue>>;

type Item = Record<string, { S?: string | undefined }>;

/** The lock of the state whose `LockID` is `path`, in `table`. Errors: AwsError of the call that failed for good. */
export function lockTable(aws: Aws, table: string, path: string): LockTable {
  const key = { LockID: { S: path } };
  const resource = `table ${table}`;

  const get = async (projection: { ProjectionExpression?: string }): Promise<LockItem | undefined> => {
    const command = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true, ...projection });
    const { Item } = await aws.call({ api: 'dynamodb:GetItem', resource }, (abortSignal) =>
      aws.dynamodb.send(command, { abortSignal }),
    );
    return Item;
  };

  const read = async (): Promise<LockHolder | undefined> => {
    const item = await get({ ProjectionExpression: 'LockID, Info' });
    return item && holderOf(item);
  };

  const acquire = async (info: string, lockId: string): Promise<AcquireOutcome> => {
    const command = new PutItemCommand({
      TableName: table,
      Item: { ...key, Info: { S: info } },
      ConditionExpression: 'attribute_not_exists(LockID)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await aws.call({ api: 'dynamodb:PutItem', resource }, (abortSignal) =>
        aws.dynamodb.send(command, { abortSignal }),
      );
      return { kind: 'held' };
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      const holder = holderInError(error) ?? (await read());
      if (holder === undefined) return { kind: 'vanished' };
      return holder.raw === info || holder.info?.id === lockId
        ? { kind: 'held' }
        : { kind: 'conflict', holder };
    }
  };

  const remove = async (info: AttributeValue | undefined): Promise<ReleaseOutcome> => {
    const command = new DeleteItemCommand({
      TableName: table,
      Key: key,
      ...infoIs(info),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    let attempts = 0;
    try {
      await aws.call({ api: 'dynamodb:DeleteItem', resource }, (abortSignal) => {
        attempts += 1;
        return aws.dynamodb.send(command, { abortSignal });
      });
      return { kind: 'released' };
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      const holder = holderInError(error) ?? (await read());
      if (holder !== undefined) return { kind: 'taken', holder };
      // After a retry the likelier story is that our first delete worked and its answer was lost.
      return attempts > 1 ? { kind: 'released' } : { kind: 'gone' };
    }
  };

  return {
    acquire,
    read,
    readItem: () => get({}),
    release: (info) => remove({ S: info }),
    releaseItem: ({ Info }) => remove(Info),
  };
}

/** The condition that there is an item, with this very `Info` or, for undefined, with none. */
function infoIs(info: AttributeValue | undefined) {
  return info === undefined
    ? { ConditionExpression: 'attribute_exists(LockID) AND attribute_not_exists(Info)' }
    : { ConditionExpression: 'Info = :info', ExpressionAttributeValues: { ':info': info } };
}

/** The holder that a lock item names, however broken the item is. */
export function holderOf(item: Item): LockHolder {
  return parseLockHolder(item.Info?.S);
}

function isConditionFailed(error: unknown): error is AwsError {
  return error instanceof AwsError && error.kind === 'conditional_check_failed';
}

/** DynamoDB hands back the item that stood in the way, so that most conflicts need no second call. */
function holderInError(error: AwsError): LockHolder | undefined {
  const { cause } = error;
  return cause instanceof ConditionalCheckFailedException && cause.Item ? holderOf(cause.Item) : undefined;
}
