import type { LockHolder } from '../backend/records/lock-info.ts';
import { formatDuration } from '../time/duration.ts';
import { describeHolding } from './lock-text.ts';
import type { RunPages } from './run-page.ts';

/** The log's line after a release. `heldMs`: how long the lock was held, if known. */
export function releasedLine(heldMs: number | undefined): string {
  return `Released the lock${heldMs === undefined ? '' : `, held for ${formatDuration(heldMs)}`}.`;
}

/** The log's line when there was no lock. */
export const NO_LOCK_LINE = 'There is no lock to release.';

/** A lock of this job that was gone before the release. */
export interface MissingLock {
  /** Who has it now; undefined when it is free. */
  readonly holder: LockHolder | undefined;
  /** Whether this was expected, because this job may never have had the lock, or post ran before. */
  readonly isExpected: boolean;
}

/** What the log says about a lock that this job no longer holds. `now` in ms since the epoch. */
export function missingLockText({ holder, isExpected }: MissingLock, pages: RunPages, now: number): string {
  const what = isExpected
    ? 'This job does not hold the lock: nothing to release.'
    : 'Somebody freed the lock while this job held it.';
  const current =
    holder === undefined ? 'It is free' : `Now it is ${describeHolding('lock', holder, pages, now)}`;
  return `${what} ${current}.`;
}
