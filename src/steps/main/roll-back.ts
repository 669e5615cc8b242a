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
 * Main failed: frees the lock if it may be ours and removes what was created. Returns the error to throw, which also
 * names a failed release. Post then tries that again.
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

/**
 * Undoes an attempt under a fresh signal, because the first one may be the cause. Returns why its lock was not
 * released, if it was not.
 */
export async function undoAttempt(
  deps: RollBackDependencies,
  backend: Backend,
  attempt: Attempt,
): Promise<unknown[]> {
  const { session } = attempt;
  const { privateDirectory, stateDirectory } = session;
  const releaseErrors: unknown[] = [];
  // Post must not report files as missing that we removed.
  deps.runner.saveState(STATE_KEYS.pulled, '');
  // Before the lock is free. Afterwards the files there are the next holder's.
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
  // Whatever the error is about, nothing of ours was written: there is nothing to free or report.
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
  // An interrupted write may arrive after this check, so post has to check "gone" once more. One of two stores may have
  // been free, whatever happened with the other.
  const maybeLate = lockStatus === 'trying' && lockStores.mayBeOurs();
  if (outcome.kind !== 'gone' && !maybeLate) runner.saveState(STATE_KEYS.lock, 'none');
}
