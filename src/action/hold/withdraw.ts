import { AwsError } from '../../aws/errors.ts';
import { StateError } from '../../backend/faults.ts';
import { lockTable, type ReleaseOutcome } from '../../backend/lock-table.ts';
import type { Backend } from '../../backend/settings.ts';
import type { Dependencies } from '../dependencies.ts';
import { removePrivateDirectory } from '../files/private-directory.ts';
import { restoreWorkingDirectory } from '../files/working-directory.ts';
import { STATE_KEYS } from '../saved-state.ts';
import { allowLastWords } from '../session.ts';
import type { Attempt } from './take-lock.ts';

/**
 * Main failed: frees the lock if it may be ours and removes what was made, under a fresh signal, since the first one
 * may be why. Returns the error to throw, which names a failed release too; post then tries that again.
 */
export async function withdraw(
  deps: Dependencies,
  backend: Backend,
  attempt: Attempt,
  error: unknown,
): Promise<unknown> {
  const { session } = attempt;
  const errors = [error];
  try {
    allowLastWords(deps, backend, 'release');
    await releaseQuietly(deps, backend, attempt, error);
  } catch (releaseError) {
    errors.push(releaseError);
  }
  const { workingDirectory, privateDirectory } = session;
  const warnings =
    workingDirectory === undefined
      ? []
      : await restoreWorkingDirectory({ workingDirectory, privateDirectory });
  warnings.push(...(await removePrivateDirectory(privateDirectory)));
  for (const warning of warnings) deps.runner.warning(warning);
  // Post must not miss the files that are gone by our own hand.
  deps.runner.saveState(STATE_KEYS.pulled, '');
  return errors.length === 1 ? error : new AggregateError(errors, 'the step failed, and so did its release');
}

async function releaseQuietly(
  { runner }: Dependencies,
  backend: Backend,
  { session: { lock }, lockStatus }: Attempt,
  error: unknown,
): Promise<void> {
  const { aws, address, table } = backend;
  if (table === undefined || lock === undefined || lockStatus === 'none') return;
  if (neverOurs(error)) {
    runner.saveState(STATE_KEYS.lock, 'none');
    return;
  }
  let outcome: ReleaseOutcome;
  try {
    outcome = await lockTable(aws, table, address.lockId).release(lock.info);
  } catch (cause) {
    const reason = lockStatus === 'held' ? 'release_failed' : 'release_unsure';
    throw new StateError({ reason, info: lock.info, cause }, backend);
  }
  if (outcome.kind === 'released') runner.info('Released the lock.');
  // A write that was cut off may land after this look, so "gone" is for post to see once more.
  if (outcome.kind !== 'gone') runner.saveState(STATE_KEYS.lock, 'none');
}

// After these a write may have been made although its answer says otherwise, or never came.
const AMBIGUOUS: ReadonlySet<AwsError['kind']> = new Set(['aborted', 'unreachable', 'service', 'other']);

/** Whether the error itself proves that the lock was not taken. */
function neverOurs(error: unknown): boolean {
  if (error instanceof AwsError) {
    // Of several attempts an earlier one may have got through.
    return error.api === 'dynamodb:PutItem' && error.attempts === 1 && !AMBIGUOUS.has(error.kind);
  }
  return (
    error instanceof StateError &&
    (error.fault.reason === 'lock_held' || error.fault.reason === 'lock_timeout')
  );
}
