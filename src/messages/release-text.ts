import { parseLockHolder } from '../backend/records/lock-info.ts';
import type { DetailsOf, StateScope } from '../backend/state-error.ts';
import { formatDuration } from '../time/duration.ts';
import { waysToFree, waysToFreeLock } from './free-lines.ts';
import { HELD_BY, holderLines, holdingLines } from './lock-text.ts';

/** The log's line after a release. `heldMs`: how long the lock was held, if known. */
export function releasedLine(heldMs: number | undefined): string {
  return `Released the lock${heldMs === undefined ? '' : `, held for ${formatDuration(heldMs)}`}.`;
}

/** The log's line when there was no lock. */
export const NO_LOCK_LINE = 'There is no lock to release.';

/** The error for our own lock that could not be released. `now` in ms since the epoch. Pure. */
export function explainRelease(
  scope: StateScope,
  { reason, info }: DetailsOf<'release_failed' | 'release_unsure'>,
  now: number,
): string {
  const { address } = scope;
  const holder = parseLockHolder(info);
  const what =
    reason === 'release_failed'
      ? `could not be released. It is still ${HELD_BY} this job.`
      : `may be ${HELD_BY} this job: the call to take it got no answer. It could not be released.`;
  return [
    `The lock of ${address.lockPath} ${what}`,
    reason === 'release_failed' ? 'Free it with' : 'If it is there, free it with',
    ...waysToFree(scope, holder),
    'The lock:',
    ...holderLines(holder, now),
  ].join('\n');
}

/** The error for the one of our two locks that could not be released when the other was not free. `now` in ms since the epoch. Pure. */
export function explainRollback(
  scope: StateScope,
  { stays, freed, holder, info }: DetailsOf<'rollback_failed'>,
  now: number,
): string {
  const ours = parseLockHolder(info);
  const [taken, other] = stays === 'file' ? ['lock file', 'lock item'] : ['lock item', 'lock file'];
  const what = `This job took the ${taken} of ${scope.address.lockPath} but not the ${other}, and could not remove the ${taken} again`;
  if (freed) {
    return [
      `${what} at once. It has been removed since, and this job holds nothing.`,
      `Run the job again when the holder of the ${other} is done, or set lock_timeout to wait for it.`,
      ...holdingLines(`The ${other} is`, holder, now),
    ].join('\n');
  }
  return [
    `${what}. The ${taken} is still there.`,
    'Remove it with',
    ...waysToFreeLock(scope, stays, ours),
    `The ${taken}:`,
    ...holderLines(ours, now),
    ...holdingLines(`The ${other} is`, holder, now),
  ].join('\n');
}
