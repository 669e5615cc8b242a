import { AwsError } from '../../aws/errors.ts';
import type { HeldLock } from '../lock/held-lock.ts';
import type { Backend } from '../settings.ts';
import { announceDigest, isDigest } from './digest.ts';
import { keepSnapshot, type SnapshotOutcome, type SnapshotRequest } from './keep-snapshot.ts';
import { type StoreOutcome, type StoreRequest, storeFile } from './state-object.ts';

/** A push of the state itself. */
export interface PushRequest extends Omit<StoreRequest, 'key'> {
  /** The text of the digest item for the object that is replaced. */
  readonly storedDigest: string | undefined;
  /** Undefined when the replaced state needs no copy, or already has one. */
  readonly snapshot?: SnapshotRequest | undefined;
}

/** The result of a push, and of the snapshot before it. */
export type PushOutcome = StoreOutcome & { readonly snapshot: SnapshotOutcome | undefined };

/**
 * Pushes a state under our lock, by verify and compare-and-swap. The lock is checked first, and again before each
 * retry. The object must not have changed since the pull. The push ends as soon as the lock is known to be lost.
 * Together with the first check, the next digest is announced in the table, and the state that is about to be replaced
 * is kept as a snapshot. A failed snapshot does not prevent the push, because the newest state is worth more than the
 * previous one.
 *
 * Errors: StateError `lock_lost`, whose `write` says whether an attempt may still be stored; AwsError.
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

/** A table that can't be written does not prevent the push. The digest's own write reports the problem. */
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
