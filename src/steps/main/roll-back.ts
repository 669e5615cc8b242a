import { AwsError } from '../../aws/errors.ts';
import type { ReleaseOutcome } from '../../backend/lock/lock-store.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { StateError, type StateErrorDetails } from '../../backend/state-error.ts';
import { allowCleanup } from '../../job-state/connect-backend.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { preparationOf } from '../../job-state/preparation.ts';
import { STATE_KEYS } from '../../job-state/saved-state.ts';
import { removeStateDirectory } from '../../workspace-files/claim-state-directory.ts';
import { removePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { restoreWorkingDirectory } from '../../workspace-files/working-directory.ts';
import type { Attempt } from './take-lock.ts';

/**
 * Main failed: frees the lock if it may be ours and removes what was made, under a fresh signal, since the first one
 * may be why. Returns the error to throw, which names a failed release too; post then tries that again.
 */
export async function rollBack(
  deps: Dependencies,
  backend: Backend,
  attempt: Attempt,
  error: unknown,
): Promise<unknown> {
  const { session } = attempt;
  const errors = [error];
  try {
    allowCleanup(deps, backend, 'release');
    await releaseQuietly(deps, backend, attempt, error);
    errors[0] = afterRelease(error);
  } catch (releaseError) {
    // It names what stays, and post tries that again.
    if (!isRollback(error)) errors.push(releaseError);
  }
  const { privateDirectory, stateDirectory } = session;
  const preparation = preparationOf(session);
  const warnings = preparation === undefined ? [] : await restoreWorkingDirectory(preparation);
  warnings.push(...(await removeStateDirectory(stateDirectory, privateDirectory)));
  warnings.push(...(await removePrivateDirectory(privateDirectory)));
  for (const warning of warnings) deps.runner.warning(warning);
  // Post must not miss the files that are gone by our own hand.
  deps.runner.saveState(STATE_KEYS.pulled, '');
  return errors.length === 1
    ? errors[0]
    : new AggregateError(errors, 'the step failed, and so did its release');
}

/** What could not be given back at first is free now, and the error is not to send anybody after it. */
function afterRelease(error: unknown): unknown {
  return isRollback(error) ? new StateError({ ...error.details, freed: true }, error.place) : error;
}

type Rollback = StateError & { readonly details: Extract<StateErrorDetails, { reason: 'rollback_failed' }> };

function isRollback(error: unknown): error is Rollback {
  return error instanceof StateError && error.details.reason === 'rollback_failed';
}

async function releaseQuietly(
  { runner }: Dependencies,
  backend: Backend,
  { session: { lock }, lockStatus }: Attempt,
  error: unknown,
): Promise<void> {
  const held = stateLock(backend);
  if (held === undefined || lock === undefined || lockStatus === 'none') return;
  // Once it is held, such an error is about something else: the write that repairs a digest is a PutItem, too.
  if (lockStatus === 'trying' && neverOurs(error, backend)) {
    runner.saveState(STATE_KEYS.lock, 'none');
    return;
  }
  let outcome: ReleaseOutcome;
  try {
    outcome = await held.release(lock.info);
  } catch (cause) {
    const reason = lockStatus === 'held' ? 'release_failed' : 'release_unsure';
    throw new StateError({ reason, info: lock.info, cause }, backend);
  }
  if (outcome.kind === 'released') runner.info('Released the lock.');
  // A write that was cut off may land after this look, so "gone" is for post to see once more. Of two places one may
  // have been free, whatever came of the other.
  const maybeLate = lockStatus === 'trying' && backend.useLockfile && backend.table !== undefined;
  if (outcome.kind !== 'gone' && !maybeLate) runner.saveState(STATE_KEYS.lock, 'none');
}

// After these a write may have been made although its answer says otherwise, or never came.
const AMBIGUOUS: ReadonlySet<AwsError['kind']> = new Set(['aborted', 'unreachable', 'service', 'other']);

/** Whether the error itself proves that the lock was not taken. */
function neverOurs(error: unknown, { useLockfile, table }: Backend): boolean {
  if (error instanceof AwsError) {
    // Of two places the first may be ours already; of several attempts an earlier one may have got through.
    if (useLockfile && table !== undefined) return false;
    const isTake = error.api === 'dynamodb:PutItem' || error.api === 's3:PutObject';
    return isTake && error.attempts === 1 && !AMBIGUOUS.has(error.kind);
  }
  return (
    error instanceof StateError &&
    (error.details.reason === 'lock_held' || error.details.reason === 'lock_timeout')
  );
}
