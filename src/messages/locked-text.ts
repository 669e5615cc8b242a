import type { LockHolder } from '../backend/records/lock-info.ts';
import { copyScope, type StateScope } from '../backend/state-error.ts';
import { capitalize } from '../text/capitalize.ts';
import { formatDuration } from '../time/duration.ts';
import { waysToFree } from './free-lines.ts';
import { frozenLine } from './freeze-text.ts';
import { describeHolder, holderLines, nameStores } from './lock-text.ts';
import { describeFinding, type StaleFinding } from './not-stale-text.ts';
import type { RunPages } from './run-page.ts';

/** The words before the name of somebody who has locked a state. Every sentence uses them. */
export const LOCKED_BY = 'locked by';

/** Who has locked a state, as a clause after a form of "to be": `locked by alice@runner-1 (...) for 4m, https://...`. */
export function describeLocked(holder: LockHolder | undefined, pages: RunPages, now: number): string {
  return `${LOCKED_BY} ${describeHolder(holder, pages, now)}`;
}

/** Somebody else holds the lock: `lock_timeout` after waiting for it, `lock_held` when no time to wait was given. */
export interface LockedDetails {
  readonly reason: 'lock_held' | 'lock_timeout';
  /** Undefined when the lock changed hands each time before its holder could be read. */
  readonly holder: LockHolder | undefined;
  /** How long the step had waited for its locks. */
  readonly waitedMs: number;
  /** Undefined when it was not checked whether the lock is stale. */
  readonly finding: StaleFinding | undefined;
}

/** The state is locked by somebody else. */
export class LockedError extends Error {
  readonly details: LockedDetails;
  readonly scope: StateScope;

  constructor(details: LockedDetails, scope: StateScope) {
    super(`${details.reason}: ${scope.address.lockPath}`);
    this.name = 'LockedError';
    this.details = details;
    this.scope = copyScope(scope);
  }
}

/** The error for a lock that somebody else holds. `now` in ms since the epoch. */
export function explainLocked({ details, scope }: LockedError, now: number): string {
  const { reason, holder, waitedMs, finding } = details;
  const hasWaited = reason === 'lock_timeout';
  const waited = hasWaited ? `, and was not released within ${formatDuration(waitedMs)}` : '';
  const what = `The state ${scope.address.lockPath} is`;
  const wait = `To wait ${hasWaited ? 'longer' : 'for it'}, set lock_timeout, for example lock_timeout: 30m.`;
  if (holder === undefined) {
    return [
      `${what} ${LOCKED_BY} somebody else${waited}. It changed hands each time before its holder could be read.`,
      wait,
    ].join('\n');
  }
  // The page of the run is among the fields.
  const holding = describeLocked(holder, { githubServer: '' }, now);
  return [
    `${what} ${holding}${waited}.`,
    wait,
    'Its lock:',
    ...holderLines(holder, now),
    ...findingLines(finding),
    ...waysToFree(scope, holder),
  ].join('\n');
}

/** What is known about the end of the holder's run, and the line above the ways to free its lock. */
function findingLines(finding: StaleFinding | undefined): string[] {
  const lead = 'If its holder is gone for good, free it with';
  if (finding === undefined) return [lead];
  const { stale, isBreaking } = finding;
  const why = describeFinding(finding);
  if (stale === true && isBreaking) {
    return [`It has become provably stale: ${why}. Run the job again to take it over, or free it with`];
  }
  if (stale === true) {
    return [`It is provably stale: ${why}. Take it over with stale_lock: break, or free it with`];
  }
  const what = isBreaking ? 'It was not taken over' : 'It is not provably stale';
  return [`${what}: ${why}.`, lead];
}

/** How long a job has waited for a lock, and how long it will wait in total, in ms. */
export interface Wait {
  readonly waitedMs: number;
  readonly timeoutMs: number;
  /** How many wait before it; undefined: there is no queue. */
  readonly ahead: number | undefined;
}

/** The log's line while a job waits for a lock. `now` in ms since the epoch. */
export function waitingLine(
  holder: LockHolder | undefined,
  { waitedMs, timeoutMs, ahead }: Wait,
  pages: RunPages,
  now: number,
): string {
  const frozen = frozenLine(holder, pages, { leftMs: timeoutMs - waitedMs, timeoutMs });
  if (frozen !== undefined) return frozen;
  const held = capitalize(describeLocked(holder, pages, now));
  const position = ahead === undefined ? '' : ` ${describePosition(ahead, 'this job')}`;
  return `${held}; waiting, ${formatDuration(waitedMs)} of ${formatDuration(timeoutMs)} so far.${position}`;
}

/** How many others are ahead of somebody in the queue for a lock. Pure. */
export function describePosition(ahead: number, whom: string): string {
  if (ahead === 0) return `Nobody is ahead of ${whom} in the queue.`;
  const others = ahead === 1 ? '1 other is' : `${ahead} others are`;
  return `${others} ahead of ${whom} in the queue.`;
}

/** The log's line once a job has its lock. */
export function lockedLine(scope: StateScope, lockId: string, waitedMs: number): string {
  return `Locked ${scope.address.lockPath} in ${nameStores(scope)}, lock id ${lockId}, after ${formatDuration(waitedMs)}.`;
}
