import type { LockHolder } from '../../backend/lock-info.ts';
import type { LockItem } from '../../backend/lock-table.ts';

/** A lock as it was last seen; `item` where all of it was read. */
export interface SeenLock {
  readonly holder: LockHolder;
  readonly item: LockItem | undefined;
}

/** A lock as it stood in the table before anything was decided. */
export interface FoundLock extends SeenLock {
  readonly item: LockItem;
}

/** What came of it. In each but `released` nothing was deleted. */
export type UnlockOutcome =
  /** `found`: there was one, but somebody else freed it first. */
  | { readonly code: 'no_lock'; readonly found: boolean }
  | { readonly code: 'released'; readonly lock: SeenLock }
  | { readonly code: 'not_stale'; readonly lock: SeenLock; readonly doubt: string }
  | { readonly code: 'lock_id_differs'; readonly lock: SeenLock; readonly lockId: string }
  | { readonly code: 'holder_unreadable'; readonly lock: SeenLock }
  /** The lock that was to be freed is gone, and this is its successor. */
  | { readonly code: 'lock_lost'; readonly lock: SeenLock };

/** An outcome that turns the step red; `message` is for the user. */
export class NotUnlocked extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotUnlocked';
  }
}
