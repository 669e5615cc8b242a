import type { LockHolder } from '../backend/records/lock-info.ts';
import type { LostWrite, StateScope } from '../backend/state-error.ts';
import { capitalize } from '../text/capitalize.ts';
import { describeHolding, holdingLines } from './lock-text.ts';
import type { RunPages } from './run-page.ts';
import { stateUrl } from './state-url.ts';

/** A lock that this job lost, and what became of its write. */
export interface LostLock {
  /** Who has it now; undefined when it is free. */
  readonly holder: LockHolder | undefined;
  readonly write: LostWrite;
}

/** The clause of every sentence about a lock that this job lost. */
export const LOST_LOCK = 'this job lost the lock';
const FREED = 'Somebody freed it';
const MAY_BE_OVERWRITTEN =
  'The new holder may have read the earlier state, and would then overwrite this one. Check whether the state still has the change of this job.';

/** The error of a job that lost its lock before its push, or during it. `now` in ms since the epoch. Pure. */
export function explainLockLost(scope: StateScope, { holder, write }: LostLock, now: number): string {
  const what = `${capitalize(LOST_LOCK)} of ${scope.address.lockPath}`;
  const freed = holder === undefined ? [`${FREED}.`] : holdingLines(`${FREED}, and now it is`, holder, now);
  switch (write) {
    case 'not_sent':
      return [`${what}, so nothing was pushed.`, ...freed].join('\n');
    case 'checkpoint_only':
      return [`${what}, so what changed after its last checkpoint was not pushed.`, ...freed].join('\n');
    case 'in_doubt':
      return [
        `${what} during a push that got no answer. Its state may still be stored in ${stateUrl(scope)}.`,
        'Look at the state before anybody applies, and once more a minute later: a store may carry out a write late.',
        ...freed,
      ].join('\n');
    case 'stored':
      return [
        `${what} during the push, but its state was stored in ${stateUrl(scope)}.`,
        MAY_BE_OVERWRITTEN,
        ...freed,
      ].join('\n');
  }
}

/** A lock of this job that was gone before the release. */
export interface MissingLock {
  readonly lockPath: string;
  /** Who has it now; undefined when it is free. */
  readonly holder: LockHolder | undefined;
  /** Whether this was expected, because this job may never have had the lock, or post ran before. */
  readonly isExpected: boolean;
}

/** What the log says about a lock that was gone before the release. `now` in ms since the epoch. Pure. */
export function missingLockText(
  { lockPath, holder, isExpected }: MissingLock,
  pages: RunPages,
  now: number,
): string {
  const held = holder && describeHolding(holder, pages, now);
  if (isExpected) {
    return `This job does not hold the lock: nothing to release. ${held === undefined ? 'It is free' : `Now it is ${held}`}.`;
  }
  return `${capitalize(LOST_LOCK)} of ${lockPath}. ${FREED}${held === undefined ? '' : `, and now it is ${held}`}.`;
}
