import { randomUUID } from 'node:crypto';
import { TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../aws/errors.ts';
import { digestPut, readDigest, writeDigest } from './digest.ts';
import type { LockHolder } from './lock-info.ts';
import { holderOf, lockTable, type ReleaseOutcome } from './lock-table.ts';
import type { Backend } from './settings.ts';

export interface SettleRequest {
  readonly table: string;
  /** Our lock item's `Info`, byte for byte. */
  readonly info: string;
  /** MD5 of the object that was just stored, and the one that the table held for the object before it. */
  readonly md5: string;
  readonly previousMd5: string | undefined;
}

/** `digestError` is set when the new digest could not be written: the state's readers will then see a mismatch. */
export interface SettleOutcome {
  readonly digestError: unknown;
  readonly release: ReleaseOutcome;
}

/**
 * After the object is stored: writes its digest and frees the lock, in one transaction, so that nobody ever gets
 * the lock with a stale digest, at the price of one round trip. Where a table knows no transactions or
 * refuses this one, the digest is written first and the lock freed after it, whatever came of the digest.
 * Errors: AwsError when the lock can't be freed.
 */
export async function writeDigestAndRelease(
  backend: Backend,
  request: SettleRequest,
): Promise<SettleOutcome> {
  try {
    await transact(backend, request);
    return { digestError: undefined, release: { kind: 'released' } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.kind === 'aborted') throw error;
    const lost = holderWhoCancelled(error);
    return lost === undefined
      ? await oneByOne(backend, request)
      : await afterLostLock(backend, request, lost.current);
  }
}

async function transact({ aws, address }: Backend, { table, info, md5 }: SettleRequest): Promise<void> {
  const command = new TransactWriteItemsCommand({
    // One token for all attempts: a retry after a lost answer is the same transaction.
    ClientRequestToken: randomUUID(),
    TransactItems: [
      { Put: digestPut(table, address.digestId, md5) },
      {
        Delete: {
          TableName: table,
          Key: { LockID: { S: address.lockId } },
          ConditionExpression: 'Info = :info',
          ExpressionAttributeValues: { ':info': { S: info } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ],
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
  return { current: reason.Item && holderOf(reason.Item) };
}

/** The lock went between our read-back and now, or our own transaction went through and its answer was lost. */
async function afterLostLock(
  { aws, address }: Backend,
  { table, md5, previousMd5 }: SettleRequest,
  holder: LockHolder | undefined,
): Promise<SettleOutcome> {
  const release: ReleaseOutcome = holder === undefined ? { kind: 'gone' } : { kind: 'taken', holder };
  const digest = await readDigest(aws, table, address.digestId);
  if (digest.kind === 'valid' && digest.md5 === md5) {
    return { digestError: undefined, release: holder === undefined ? { kind: 'released' } : release };
  }
  const digestError = await errorOf(writeDigest(aws, table, address.digestId, md5, { over: previousMd5 }));
  return { digestError, release };
}

/**
 * The transaction failed for another reason than the lock, or so it seems: without its answer nobody knows. Only while
 * the lock is still ours is the digest ours to write; else a successor may have written theirs.
 */
async function oneByOne(backend: Backend, request: SettleRequest): Promise<SettleOutcome> {
  const { aws, address } = backend;
  const { table, md5, info } = request;
  const lock = lockTable(aws, table, address.lockId);
  let holder: LockHolder | undefined;
  try {
    holder = await lock.read();
  } catch (error) {
    return { digestError: error, release: await lock.release(info) };
  }
  if (holder?.raw !== info) return await afterLostLock(backend, request, holder);
  const digestError = await errorOf(writeDigest(aws, table, address.digestId, md5, 'always'));
  return { digestError, release: await lock.release(info) };
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error;
  }
}
