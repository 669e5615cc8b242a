import type { FoundLock } from '../backend/lock/lock-store.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import { CodedError } from './coded-error.ts';
import type { NotStaleReason } from './not-stale-text.ts';
import type { ErrorReason } from './reason-code.ts';

/** What came of one lock that was looked at. In each but `released` it was not deleted. */
export type LookedAt =
  | { readonly code: 'released'; readonly lock: FoundLock }
  /** Somebody else freed it first. */
  | { readonly code: 'no_lock'; readonly lock: FoundLock }
  /** It is gone, and this is its successor. */
  | { readonly code: 'lock_lost'; readonly lock: FoundLock; readonly successor: LockHolder }
  | KeptLock;

/** A lock that is not to be freed. */
export type KeptLock =
  | { readonly code: 'not_stale'; readonly lock: FoundLock; readonly reason: NotStaleReason }
  /** A freeze, which only its id frees. */
  | { readonly code: 'frozen'; readonly lock: FoundLock }
  | { readonly code: 'lock_id_differs'; readonly lock: FoundLock; readonly lockId: string }
  | { readonly code: 'holder_unreadable'; readonly lock: FoundLock };

/** A lock that may still be there: its delete failed. */
export interface FailedLock {
  readonly lock: FoundLock;
  readonly error: unknown;
}

export type LockEnd = LookedAt | FailedLock;

/** What came of all the places that a lock can be in, in Terraform's order; none where there was no lock. */
export type UnlockOutcome = readonly LockEnd[];

/** Why the step ends as it does. */
export type UnlockCode = LookedAt['code'];

// What the reader must know first; of a lock that was asked for by its id, what came of that one.
const FIRST: readonly UnlockCode[] = [
  'lock_lost',
  'released',
  'not_stale',
  'frozen',
  'no_lock',
  'lock_id_differs',
  'holder_unreadable',
];

/** The end that stands for all of them; undefined where there was no lock. Pure. */
export function decisiveEnd(outcome: UnlockOutcome): LockEnd | undefined {
  const failed = outcome.find(isFailed);
  if (failed !== undefined) return failed;
  const looked = outcome.filter((end): end is LookedAt => !isFailed(end));
  return FIRST.flatMap((code) => looked.filter((end) => end.code === code))[0];
}

export function isFailed(end: LockEnd): end is FailedLock {
  return 'error' in end;
}

/** An outcome that turns the step red; `message` is for the user. `cause` is the failure of a delete, if that is why. */
export class NotUnlocked extends CodedError<UnlockCode | ErrorReason> {
  override readonly name = 'NotUnlocked';
}
