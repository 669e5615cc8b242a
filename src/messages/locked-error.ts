import type { LockHolder } from '../backend/records/lock-info.ts';
import { copyScope, type StateScope } from '../backend/state-error.ts';
import type { StaleFinding } from './not-stale-text.ts';

/** Somebody else holds the lock: `lock_timeout` after waiting for it, `lock_held` when no time to wait was given. */
export interface LockedDetails {
  readonly reason: 'lock_held' | 'lock_timeout';
  /** Undefined when the lock changed hands each time before its holder could be read. */
  readonly holder: LockHolder | undefined;
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
