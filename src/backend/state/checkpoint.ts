import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../aws/errors.ts';
import type { OurLock } from '../lock/lock-store.ts';
import { lockItem, lockTable } from '../lock/lock-table.ts';
import type { Backend } from '../settings.ts';
import { commitItem, type DigestEnd, type LockChange, type LockChangeOutcome } from './commit.ts';

/** Our lock, and how many times it has been renewed, including this time. */
export interface Beat {
  readonly table: string;
  readonly lock: OurLock;
  readonly beats: number;
}

/** The digest of an object that was just stored, and the one that the table held before it. */
export interface CheckpointDigest {
  readonly md5: string;
  readonly previousMd5: string | undefined;
}

/** The result for a checkpoint's digest and lock. */
export interface CheckpointEnd {
  readonly digest: DigestEnd;
  /** Whether the lock is still ours, and has now been renewed. */
  readonly isHeld: boolean;
}

/**
 * Renews our lock item's heartbeat on the condition that its `Info` is ours, byte for byte. Keeps the `Info`. False
 * when the lock is no longer ours. Errors: AwsError.
 */
export async function renewLock(backend: Backend, beat: Beat): Promise<boolean> {
  return (await renew(backend, beat)).kind === 'changed';
}

/**
 * Runs after a checkpoint is stored: writes its digest and renews our lock, in one transaction, or separately if the
 * table has no transactions. Errors: AwsError.
 */
export async function commitCheckpoint(
  backend: Backend,
  beat: Beat,
  digest: CheckpointDigest,
): Promise<CheckpointEnd> {
  const { table, lock } = beat;
  const change: LockChange = {
    item: { Put: renewal(backend, beat) },
    alone: () => renew(backend, beat),
  };
  const outcome = await commitItem(backend, { table, lock, ...digest }, change);
  return { digest: outcome.digest, isHeld: outcome.lock.kind === 'changed' };
}

async function renew(backend: Backend, beat: Beat): Promise<LockChangeOutcome> {
  const { aws, address } = backend;
  const { table } = beat;
  const command = new PutItemCommand(renewal(backend, beat));
  try {
    await aws.call({ api: 'dynamodb:PutItem', resource: `table ${table}` }, (abortSignal) =>
      aws.dynamodb.send(command, { abortSignal }),
    );
    return { kind: 'changed' };
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== 'conditional_check_failed') throw error;
    const found = await lockTable(aws, table, address.lockPath).read();
    return found === undefined ? { kind: 'gone' } : { kind: 'taken', holder: found.holder };
  }
}

/** Puts the whole item again, because the role of a job may put items, but may not be allowed to update them. */
function renewal({ address }: Backend, { table, lock, beats }: Beat) {
  return {
    TableName: table,
    Item: { ...lockItem(address.lockPath, lock, beats) },
    ConditionExpression: 'Info = :info',
    ExpressionAttributeValues: { ':info': { S: lock.info } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}
