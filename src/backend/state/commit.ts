import { randomUUID } from 'node:crypto';
import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../aws/errors.ts';
import { lockFile } from '../lock/lock-file.ts';
import type { OurLock, ReleaseOutcome } from '../lock/lock-store.ts';
import { foundItem, lockTable } from '../lock/lock-table.ts';
import { sumUp } from '../lock/state-lock.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { Backend } from '../settings.ts';
import {
  digestPut,
  type ReadDigest,
  readDigest,
  replaceDigest,
  type StoredDigest,
  storedText,
} from './digest.ts';
import { isProvenWrite, lookUpWrite } from './look-up-object.ts';

export interface CommitRequest {
  readonly table: string;
  /** Our lock's id and its item's `Info`, byte for byte. */
  readonly lock: Pick<OurLock, 'id' | 'info'>;
  /** The MD5 of the object that was just stored, and the digest in the table for the previous object. */
  readonly md5: string;
  readonly previousMd5: string | undefined;
}

/** What happens to our lock item together with the digest. */
export interface LockChange {
  /** On the condition that the item is ours; a conflicting item is returned. */
  readonly item: TransactWriteItem;
  /** The same change without the digest. */
  alone(): Promise<LockChangeOutcome>;
}

/** `gone`: the lock no longer existed. */
export type LockChangeOutcome = Exclude<ReleaseOutcome, { kind: 'released' }> | { readonly kind: 'changed' };

/**
 * The result for the digest. `was_there`: the digest was already written, as after a transaction with a lost answer.
 * `not_ours`: the lock is lost, and the object or the digest is now somebody else's. `failed`: the state's readers see
 * a mismatch.
 */
export type DigestEnd =
  | { readonly kind: 'written' | 'was_there' | 'not_ours' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** The results for the digest and the lock item. */
export interface ItemOutcome {
  readonly digest: DigestEnd;
  readonly lock: LockChangeOutcome;
}

export interface CommitOutcome {
  readonly digest: DigestEnd;
  readonly release: ReleaseOutcome;
  /** Set when the lock file could not be freed. */
  readonly fileError: unknown;
}

/**
 * Runs after the object is stored: writes the digest and frees the lock item, and in parallel the lock file, if there
 * is one. A failure or hang of the lock file never prevents the rest. No client that checks the digest can get the lock
 * before the item is free.
 *
 * Errors: AwsError when the lock item can't be freed.
 */
export async function writeDigestAndRelease(
  backend: Backend,
  request: CommitRequest,
): Promise<CommitOutcome> {
  if (!backend.useLockfile) return { ...(await freeItem(backend, request)), fileError: undefined };
  const [file, item] = await Promise.allSettled([
    lockFile(backend).release(request.lock.info),
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
): Promise<Pick<CommitOutcome, 'digest' | 'release'>> {
  const { aws, address } = backend;
  const { table, lock: ours } = request;
  const { info } = ours;
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
  const { digest, lock } = await commitItem(backend, request, { item, alone });
  const released = lock.kind === 'changed' || (lock.kind === 'gone' && digest.kind === 'was_there');
  return { digest, release: released ? { kind: 'released' } : lock };
}

/**
 * Writes the digest and changes the lock item in one transaction. It costs one round trip, and nobody ever gets the
 * lock with a stale digest. If a table has no transactions or refuses this one, the digest is written first and the
 * lock is changed afterwards, whether or not the digest was written.
 */
export async function commitItem(
  backend: Backend,
  request: CommitRequest,
  change: LockChange,
): Promise<ItemOutcome> {
  try {
    await transact(backend, request, change);
    return { digest: { kind: 'written' }, lock: { kind: 'changed' } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.kind === 'aborted') throw error;
    const lost = holderWhoCancelled(error);
    return lost === undefined
      ? await oneByOne(backend, request, change)
      : await afterLostLock(backend, request, lost.current);
  }
}

/** What a table can't do in one transaction may work in separate calls. */
const TRY_TRANSACTION_FOR_MS = 15_000;

async function transact(
  { aws, address }: Backend,
  { table, md5 }: CommitRequest,
  { item }: LockChange,
): Promise<void> {
  const command = new TransactWriteItemsCommand({
    // One token for all attempts makes a retry after a lost answer the same transaction.
    ClientRequestToken: randomUUID(),
    TransactItems: [{ Put: digestPut(table, address.digestPath, md5) }, item],
  });
  const api = 'dynamodb:TransactWriteItems';
  await aws.call({ api, resource: `table ${table}`, tryForMs: TRY_TRANSACTION_FOR_MS }, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
}

/** Set when the transaction was cancelled because the lock was not ours. `current`: who has it, if anybody. */
function holderWhoCancelled(error: AwsError): { current: LockHolder | undefined } | undefined {
  const { cause } = error;
  if (!(cause instanceof TransactionCanceledException)) return undefined;
  const reason = cause.CancellationReasons?.[1];
  if (reason?.Code !== 'ConditionalCheckFailed') return undefined;
  return { current: reason.Item && foundItem(reason.Item).holder };
}

/**
 * Either the lock was lost after we checked it, or our own transaction succeeded and its answer was lost. The digest is
 * written as long as the object is ours. It is never written for a successor's object or over a successor's digest.
 */
async function afterLostLock(
  backend: Backend,
  request: CommitRequest,
  holder: LockHolder | undefined,
): Promise<ItemOutcome> {
  const lock: LockChangeOutcome = holder === undefined ? { kind: 'gone' } : { kind: 'taken', holder };
  return { digest: await followObject(backend, request), lock };
}

async function followObject(backend: Backend, request: CommitRequest): Promise<DigestEnd> {
  const { aws, address } = backend;
  const { table, md5, previousMd5 } = request;
  try {
    const before = await readDigest(aws, table, address.digestPath);
    if (before.kind === 'unreadable') return { kind: 'failed', error: before.error };
    if (before.kind === 'valid' && before.md5 === md5) return { kind: 'was_there' };
    if (!isFromBefore(before, md5, previousMd5)) return { kind: 'not_ours' };
    if (!(await isObjectOurs(backend, request))) return { kind: 'not_ours' };
    const isWritten = await replaceDigest(aws, table, address.digestPath, before, md5);
    return { kind: isWritten ? 'written' : 'not_ours' };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** Nobody has written or announced a digest since ours was due. */
function isFromBefore(before: ReadDigest, md5: string, previousMd5: string | undefined): boolean {
  const next = before.kind === 'valid' ? before.next : undefined;
  return storedText(before) === previousMd5 && (next === undefined || next === md5);
}

async function isObjectOurs(backend: Backend, { md5, lock }: CommitRequest): Promise<boolean> {
  const write = { lockId: lock.id, md5 };
  const question = { key: backend.address.objectKey, lockId: lock.id, knownEtag: undefined };
  return isProvenWrite(await lookUpWrite(backend, question), write);
}

/**
 * The transaction failed for another reason than the lock, as far as is known without its answer. We may write the
 * digest only while the lock is ours. It is read before the lock is checked, and replaced only if it has not changed
 * since. A client that takes the lock after the check and writes its own digest therefore keeps it.
 */
async function oneByOne(backend: Backend, request: CommitRequest, change: LockChange): Promise<ItemOutcome> {
  const { aws, address } = backend;
  const { table, md5, lock } = request;
  const before = await readDigest(aws, table, address.digestPath);
  let holder: LockHolder | undefined;
  try {
    holder = (await lockTable(aws, table, address.lockPath).read())?.holder;
  } catch (error) {
    return { digest: { kind: 'failed', error }, lock: await change.alone() };
  }
  if (holder?.raw !== lock.info) return await afterLostLock(backend, request, holder);
  const digest = await replaceUnderLock(backend, table, before, md5);
  const end = await change.alone();
  // The lock was ours all the time, so nobody else had the right to write the digest, and the object now has a digest
  // that is not its own.
  const isIntruder = digest.kind === 'not_ours' && end.kind === 'changed';
  return { digest: isIntruder ? { kind: 'failed', error: new DigestOverwritten() } : digest, lock: end };
}

/** A client without the lock changed the digest in the table at the same time. */
export class DigestOverwritten extends Error {
  constructor() {
    super('digest overwritten');
    this.name = 'DigestOverwritten';
  }
}

async function replaceUnderLock(
  { aws, address }: Backend,
  table: string,
  before: StoredDigest,
  md5: string,
): Promise<DigestEnd> {
  if (before.kind === 'unreadable') return { kind: 'failed', error: before.error };
  try {
    const isWritten = await replaceDigest(aws, table, address.digestPath, before, md5);
    return { kind: isWritten ? 'written' : 'not_ours' };
  } catch (error) {
    return { kind: 'failed', error };
  }
}
