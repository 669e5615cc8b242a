import { publishedOutputsKey } from '../address.ts';
import type { HeldLock } from '../lock/held-lock.ts';
import { deleteObject } from '../objects/delete-object.ts';
import type { Backend } from '../settings.ts';
import { deleteDigest } from './digest.ts';

/**
 * Removes everything that makes up a state, under its lock. The digest goes first, because a state without a digest is
 * valid, but a digest without a state is an error for every reader. Then come the object and its published outputs.
 * Missing parts are no error. A versioned bucket keeps the versions.
 *
 * Errors: StateError `lock_lost`, before anything was removed; AwsError.
 */
export async function deleteState(backend: Backend, held: HeldLock | undefined): Promise<void> {
  const { aws, table, address } = backend;
  await held?.verify();
  if (table !== undefined) await deleteDigest(aws, table, address.digestPath);
  await deleteObject(backend, address.objectKey);
  await deleteObject(backend, publishedOutputsKey(address));
}
