import { AwsError } from '../../aws/errors.ts';
import type { HeldLock } from '../lock/held-lock.ts';
import type { Backend } from '../settings.ts';
import { announceDigest, isDigest } from './digest.ts';
import { keepSnapshot, type SnapshotOutcome, type SnapshotRequest } from './keep-snapshot.ts';
import { type StoreOutcome, type StoreRequest, storeFile } from './state-object.ts';

/** A push of the state itself. */
export interface PushRequest extends Omit<StoreRequest, 'key'> {
  /** The text of the digest item, of the object that the new one replaces. */
  readonly storedDigest: string | undefined;
  /** Undefined: the state that is replaced needs no copy, or has one already. */
  readonly snapshot?: SnapshotRequest | undefined;
}

/** What came of a push, and of the snapshot before it. */
export type PushOutcome = StoreOutcome & { readonly snapshot: SnapshotOutcome | undefined };

/**
 * Pushes a state under our lock, by verify and compare-and-swap: the lock is looked at first, and again before each
 * retry; the object must be as it was pulled; and the push ends as soon as anybody hears that the lock is not ours.
 * Beside the first look the table is told which digest comes next, and the state that is about to be replaced is kept as a
 * snapshot. A snapshot that can't be had is no reason not to push: the newest state is worth more than the one before it.
 * Errors: StateError `lock_lost`, after which an attempt may have been stored all the same; AwsError.
 */
export async function pushState(
  backend: Backend,
  held: HeldLock | undefined,
  request: PushRequest,
): Promise<PushOutcome> {
  const { snapshot, ...store } = request;
  const [verified, announced, kept] = await Promise.allSettled([
    held?.verify(),
    announce(backend, request),
    snapshot && keepSnapshot(backend, snapshot),
  ]);
  if (verified.status === 'rejected') throw verified.reason;
  if (announced.status === 'rejected') throw announced.reason;
  if (kept.status === 'rejected') throw kept.reason;
  const outcome = await storeFile(backend, { ...store, key: backend.address.objectKey }, held);
  return { ...outcome, snapshot: kept.value };
}

/** A table that can't be written is no reason not to push: the digest's own write has words for it. */
async function announce(
  { aws, table, address }: Backend,
  { facts, storedDigest }: PushRequest,
): Promise<void> {
  if (table === undefined || !isDigest(storedDigest)) return;
  try {
    await announceDigest(aws, table, address.digestPath, storedDigest, facts.md5);
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind === 'aborted') throw error;
  }
}
