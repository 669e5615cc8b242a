import { randomUUID } from 'node:crypto';
import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../aws/errors.ts';
import type { Backend } from '../settings.ts';
import { digestPut, readDigest, writeDigest } from '../state/digest.ts';
import { lockFile } from './lock-file.ts';
import type { LockHolder } from './lock-info.ts';
import type { ReleaseOutcome } from './lock-store.ts';
import { foundItem, lockTable } from './lock-table.ts';
import { sumUp } from './state-lock.ts';

export interface CommitRequest {
  readonly table: string;
  /** Our lock item's `Info`, byte for byte. */
  readonly info: string;
  /** MD5 of the object that was just stored, and the one that the table held for the object before it. */
  readonly md5: string;
  readonly previousMd5: string | undefined;
}

/** What is to become of our lock item along with the digest. */
export interface LockChange {
  /** On the condition that the item is ours, which hands back the one that stands in the way. */
  readonly item: TransactWriteItem;
  /** The same without the digest. */
  alone(): Promise<LockChangeOutcome>;
}

/** `gone`: there was no lock any more. */
export type LockChangeOutcome = Exclude<ReleaseOutcome, { kind: 'released' }> | { readonly kind: 'changed' };

/** What came of the digest and the lock item. */
export interface ItemOutcome {
  /** Set when the new digest could not be written: the state's readers will then see a mismatch. */
  readonly digestError: unknown;
  /** The digest was there before it was written, as after a transaction that went through unseen. */
  readonly digestWasThere: boolean;
  readonly lock: LockChangeOutcome;
}

export interface CommitOutcome {
  readonly digestError: unknown;
  readonly release: ReleaseOutcome;
  /** Set when the lock file could not be freed. */
  readonly fileError: unknown;
}

/**
 * After the object is stored: writes the digest and frees the lock item, and beside it the lock file, if there is one.
 * What comes of the file never keeps the rest from being done, not even a hang; nobody who minds the digest gets in
 * before the item is free.
 * Errors: AwsError when the lock item can't be freed.
 */
export async function writeDigestAndRelease(
  backend: Backend,
  request: CommitRequest,
): Promise<CommitOutcome> {
  if (!backend.useLockfile) return { ...(await freeItem(backend, request)), fileError: undefined };
  const [file, item] = await Promise.allSettled([
    lockFile(backend).release(request.info),
    freeItem(backend, request),
  ]);
  if (item.status === 'rejected') throw item.reason;
  if (file.status === 'rejected') return { ...item.value, fileError: file.reason };
  const release = sumUp([file.value, item.value.release]);
  return { ...item.value, release, fileError: undefined };
}

async function freeItem(
  backend: Backend,
  request: CommitRequest,
): Promise<Pick<CommitOutcome, 'digestError' | 'release'>> {
  const { aws, address } = backend;
  const { table, info } = request;
  const item: TransactWriteItem = {
    Delete: {
      TableName: table,
      Key: { LockID: { S: address.lockPath } },
      ConditionExpression: 'Info = :info',
      ExpressionAttributeValues: { ':info': { S: info } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
  const alone = async (): Promise<LockChangeOutcome> => {
    const outcome = await lockTable(aws, table, address.lockPath).release(info);
    return outcome.kind === 'released' ? { kind: 'changed' } : outcome;
  };
  const { digestError, digestWasThere, lock } = await commitItem(backend, request, { item, alone });
  const released = lock.kind === 'changed' || (lock.kind === 'gone' && digestWasThere);
  return { digestError, release: released ? { kind: 'released' } : lock };
}

/**
 * Writes its digest and changes the lock item, in one transaction, so that nobody ever gets
 * the lock with a stale digest, at the price of one round trip. Where a table knows no transactions or
 * refuses this one, the digest is written first and the lock changed after it, whatever came of the digest.
 */
export async function commitItem(
  backend: Backend,
  request: CommitRequest,
  change: LockChange,
): Promise<ItemOutcome> {
  try {
    await transact(backend, request, change);
    return { digestError: undefined, digestWasThere: false, lock: { kind: 'changed' } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.kind === 'aborted') throw error;
    const lost = holderWhoCancelled(error);
    return lost === undefined
      ? await oneByOne(backend, request, change)
      : await afterLostLock(backend, request, lost.current);
  }
}

async function transact(
  { aws, address }: Backend,
  { table, md5 }: CommitRequest,
  { item }: LockChange,
): Promise<void> {
  const command = new TransactWriteItemsCommand({
    // One token for all attempts: a retry after a lost answer is the same transaction.
    ClientRequestToken: randomUUID(),
    TransactItems: [{ Put: digestPut(table, address.digestPath, md5) }, item],
  });
  await aws.call({ api: 'dynamodb:TransactWriteItems', resource: `table ${table}` }, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
}

/** Set when the transaction was cancelled because the lock was not ours; `current` is who has it, if anybody. */
function holderWhoCancelled(error: AwsError): { current: LockHolder | undefined } | undefined {
  const { cause } = error;
  if (!(cause instanceof TransactionCanceledException)) return undefined;
  const reason = cause.CancellationReasons?.[1];
  if (reason?.Code !== 'ConditionalCheckFailed') return undefined;
  return { current: reason.Item && foundItem(reason.Item).holder };
}

/** The lock went between our read-back and now, or our own transaction went through and its answer was lost. */
async function afterLostLock(
  { aws, address }: Backend,
  { table, md5, previousMd5 }: CommitRequest,
  holder: LockHolder | undefined,
): Promise<ItemOutcome> {
  const lock: LockChangeOutcome = holder === undefined ? { kind: 'gone' } : { kind: 'taken', holder };
  const digest = await readDigest(aws, table, address.digestPath);
  if (digest.kind === 'valid' && digest.md5 === md5) {
    return { digestError: undefined, digestWasThere: true, lock };
  }
  const digestError = await catchError(
    writeDigest(aws, table, address.digestPath, md5, { over: previousMd5 }),
  );
  return { digestError, digestWasThere: false, lock };
}

/**
 * The transaction failed for another reason than the lock, or so it seems: without its answer nobody knows. Only while
 * the lock is still ours is the digest ours to write; else a successor may have written theirs.
 */
async function oneByOne(backend: Backend, request: CommitRequest, change: LockChange): Promise<ItemOutcome> {
  const { aws, address } = backend;
  const { table, md5, info } = request;
  let holder: LockHolder | undefined;
  try {
    holder = (await lockTable(aws, table, address.lockPath).read())?.holder;
  } catch (error) {
    return { digestError: error, digestWasThere: false, lock: await change.alone() };
  }
  if (holder?.raw !== info) return await afterLostLock(backend, request, holder);
  const digestError = await catchError(writeDigest(aws, table, address.digestPath, md5, 'always'));
  return { digestError, digestWasThere: false, lock: await change.alone() };
}

async function catchError(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error;
  }
}
