import { addressOfObject } from '../../backend/address.ts';
import type { HeldLock } from '../../backend/lock/held-lock.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { deleteUnchangedDigest, requireDigest, storedText } from '../../backend/state/digest.ts';
import { lookUpObject } from '../../backend/state/look-up-object.ts';
import { StateError } from '../../backend/state-error.ts';
import type { SurveyedState } from '../../backend/survey/survey-states.ts';
import { type LockedWorkDependencies, underLock } from '../../connection/under-lock.ts';
import { type LockedDetails, LockedError } from '../../messages/locked-error.ts';
import type { MigrationStatus } from '../../messages/migration-text.ts';
import type { Job } from '../../runner/job.ts';

/** Terraform shows this operation to whoever meets the lock. */
export const FINISH_OPERATION = 'migrate-finish';

/**
 * Removes the table's items of one state under both of its locks, if digest and object have not changed since they were
 * assessed. The order is our own lock item, the digest, the lock file. A state that somebody holds is left alone. Errors:
 * those of `underLock` except its refusals, and AwsError.
 */
export async function finishState(
  deps: LockedWorkDependencies,
  backend: Backend & { readonly table: string },
  job: Job,
  state: SurveyedState,
): Promise<MigrationStatus> {
  const address = addressOfObject(backend.address.bucket, backend.address.workspace, state.objectKey);
  const scoped = { ...backend, address, useLockfile: true };
  const lock = { job, operation: FINISH_OPERATION, lockTimeoutMs: 0 };
  try {
    return await underLock(deps, scoped, lock, (held) => removeItems(scoped, held, state));
  } catch (error) {
    const refusal = findRefusal(error);
    if (refusal === undefined) throw error;
    return { kind: 'locked', holder: refusal.holder };
  }
}

async function removeItems(
  backend: Backend & { readonly table: string },
  held: HeldLock | undefined,
  state: SurveyedState,
): Promise<MigrationStatus> {
  const { aws, table, address } = backend;
  const digest = await requireDigest(aws, table, address.digestPath);
  const object = await lookUpObject(backend, address.objectKey);
  const isAsAssessed =
    object?.etag === state.object?.etag &&
    (digest.kind === 'absent' || storedText(digest) === state.digest?.stored);
  if (!isAsAssessed) return { kind: 'changed' };
  await releaseItem(backend, held);
  const isGone = await deleteUnchangedDigest(aws, table, address.digestPath, digest);
  return { kind: isGone ? 'finished' : 'changed' };
}

/**
 * The lock file keeps holders out until the digest is gone. An interrupted run leaves the digest, by which the next run
 * finds the state.
 */
async function releaseItem(backend: Backend, held: HeldLock | undefined): Promise<void> {
  await held?.verify();
  const stores = stateLock(backend);
  const item = (await stores?.read())?.find(
    ({ store, holder }) => store === 'item' && holder.id === held?.id,
  );
  const outcomes = item === undefined ? [] : await stores?.free([item]);
  const failed = outcomes?.find((outcome) => outcome.kind === 'failed');
  if (failed !== undefined) throw failed.error;
}

/** The holder, if the error is that somebody holds the state. */
function findRefusal(error: unknown): Pick<LockedDetails, 'holder'> | undefined {
  if (error instanceof LockedError) return error.details;
  return error instanceof StateError && error.details.reason === 'frozen' ? error.details : undefined;
}
