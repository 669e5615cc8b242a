import { AwsError } from '../../aws/errors.ts';
import type { HeldLock } from '../lock/held-lock.ts';
import type { Backend } from '../settings.ts';
import { announceDigest, isDigest } from './digest.ts';
import { type StoreOutcome, type StoreRequest, storeFile } from './state-object.ts';

/** A push of the state itself. */
export interface PushRequest extends Omit<StoreRequest, 'key'> {
  /** The text of the digest item, of the object that the new one replaces. */
  readonly storedDigest: string | undefined;
}

/**
 * Pushes a state under our lock, by verify and compare-and-swap: the lock is looked at first, and again before each
 * retry; the object must be as it was pulled; and the push ends as soon as anybody hears that the lock is not ours.
 * Beside the first look the table is told which digest comes next.
 * Errors: StateError `lock_lost`, after which an attempt may have been stored all the same; AwsError.
 */
export async function pushState(
  backend: Backend,
  held: HeldLock | undefined,
  request: PushRequest,
): Promise<StoreOutcome> {
  const [verified, announced] = await Promise.allSettled([held?.verify(), announce(backend, request)]);
  if (verified.status === 'rejected') throw verified.reason;
  if (announced.status === 'rejected') throw announced.reason;
  return await storeFile(backend, { ...request, key: backend.address.objectKey }, held);
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
