import type { LockHolder } from '../backend/records/lock-info.ts';
import { formatDuration } from '../time/duration.ts';
import { nameHolder, type RunPages } from './lock-text.ts';

/** The log's line after a release; `heldMs` is how long the lock was held, where that is known. */
export function releasedLine(heldMs: number | undefined): string {
  return `Released the lock${heldMs === undefined ? '' : `, held for ${formatDuration(heldMs)}`}.`;
}

/** The log's line where there was no lock. */
export const NO_LOCK_LINE = 'There is no lock to release.';

/** A lock of ours that was not there when it was to be released. */
export interface MissingLock {
  /** Who has it now; undefined: it is free. */
  readonly holder: LockHolder | undefined;
  /** Whether that was to be expected, since this job never had it for sure, or post ran before. */
  readonly isExpected: boolean;
}

/** What the log says of a lock that is not ours any more. `now` in ms since the epoch. */
export function missingLockText({ holder, isExpected }: MissingLock, pages: RunPages, now: number): string {
  const what = isExpected
    ? 'The lock is not ours: nothing to release.'
    : 'Somebody freed our lock while this job held it.';
  const current = holder === undefined ? 'It is free' : `Now it is held by ${nameHolder(holder, pages, now)}`;
  return `${what} ${current}.`;
}
