import type { ReleaseOutcome } from '../../backend/lock/lock-store.ts';
import { isRollbackError, markFreed } from '../../backend/lock/mark-freed.ts';
import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import { allowCleanup } from '../../connection/connect-backend.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { toPreparation } from '../../job-state/preparation.ts';
import { STATE_KEYS } from '../../job-state/saved-state.ts';
import { fileWarningText } from '../../messages/file-warning-text.ts';
import { releasedLine } from '../../messages/release-text.ts';
import { removeStateDirectory } from '../../workspace-files/claim-state-directory.ts';
import { removePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { restoreWorkingDirectory } from '../../workspace-files/working-directory.ts';
import { type Attempt, leave } from './take-lock.ts';

/**
 * Main failed: frees the lock if it may be ours and removes what was made. Returns the error to throw, which names a failed
 * release too; post then tries that again.
 */
export async function rollBack(
  deps: RollBackDependencies,
  backend: Backend,
  attempt: Attempt,
  error: unknown,
): Promise<unknown> {
  const releaseErrors = await undoAttempt(deps, backend, attempt);
  if (releaseErrors.length === 0) return markFreed(error);
  // It names what stays, and post tries that again.
  if (isRollbackError(error)) return error;
  return new AggregateError([error, ...releaseErrors], 'the step failed, and so did its release');
}

type RollBackDependencies = Pick<Dependencies, 'runner' | 'signal' | 'cleanupSignal'>;

/** Undoes an attempt, under a fresh signal, since the first one may be why. Returns why its lock was not released, if so. */
export async function undoAttempt(
  deps: RollBackDependencies,
  backend: Backend,
  attempt: Attempt,
): Promise<unknown[]> {
  const { session } = attempt;
  const { privateDirectory, stateDirectory } = session;
  const releaseErrors: unknown[] = [];
  // Post must not miss the files that are gone by our own hand.
  deps.runner.saveState(STATE_KEYS.pulled, '');
  // Before the lock is free: what lies there after it is the next holder's.
  const warnings = await removeStateDirectory(stateDirectory, privateDirectory);
  try {
    allowCleanup(deps, backend, 'release');
    await releaseQuietly(deps, backend, attempt);
  } catch (releaseError) {
    releaseErrors.push(releaseError);
  }
  if (attempt.stores !== undefined) await leave(deps.runner, attempt.stores);
  const preparation = toPreparation(session);
  if (preparation !== undefined) warnings.push(...(await restoreWorkingDirectory(preparation)));
  warnings.push(...(await removePrivateDirectory(privateDirectory)));
  for (const warning of warnings) deps.runner.warning(fileWarningText(warning));
  return releaseErrors;
}

async function releaseQuietly(
  { runner }: Pick<Dependencies, 'runner'>,
  backend: Backend,
  { session: { lock }, lockStatus, stores: lockStores }: Attempt,
): Promise<void> {
  if (lockStores === undefined || lock === undefined || lockStatus === 'none') return;
  // Whatever the error is about, nothing of ours was written: there is nothing to free, nor to tell.
  if (lockStatus === 'trying' && !lockStores.mayBeOurs()) {
    runner.saveState(STATE_KEYS.lock, 'none');
    return;
  }
  let outcome: ReleaseOutcome;
  try {
    outcome = await (lockStatus === 'held' ? lockStores.release(lock.info) : lockStores.giveBack(lock.info));
  } catch (cause) {
    const reason = lockStatus === 'held' ? 'release_failed' : 'release_unsure';
    throw new StateError({ reason, info: lock.info, cause }, backend);
  }
  if (outcome.kind === 'released') runner.info(releasedLine(undefined));
  // A write that was cut off may land after this look, so "gone" is for post to see once more. Of two places one may
  // have been free, whatever came of the other.
  const maybeLate = lockStatus === 'trying' && lockStores.mayBeOurs();
  if (outcome.kind !== 'gone' && !maybeLate) runner.saveState(STATE_KEYS.lock, 'none');
}
