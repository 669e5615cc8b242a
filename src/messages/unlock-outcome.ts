import type { FoundLock } from '../backend/lock/lock-store.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import { CodedError } from './coded-error.ts';
import type { NotStaleReason } from './not-stale-text.ts';
import type { ErrorReason } from './to-reason-code.ts';

/** The result for one lock. It was deleted only in `released`. */
export type LookedAt =
  | { readonly code: 'released'; readonly lock: FoundLock }
  /** Somebody else freed it first. */
  | { readonly code: 'no_lock'; readonly lock: FoundLock }
  /** It is gone, and `successor` holds the lock now. */
  | { readonly code: 'lock_lost'; readonly lock: FoundLock; readonly successor: LockHolder }
  | KeptLock;

/** A lock that must not be freed. */
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

/** The results for all lock stores, in Terraform's order; empty when there was no lock. */
export type UnlockOutcome = readonly LockEnd[];

/** Why the step ends as it does. */
export type UnlockCode = LookedAt['code'];

// What the reader must know first. When a lock was named by its id, its result comes first.
const FIRST: readonly UnlockCode[] = [
  'lock_lost',
  'released',
  'not_stale',
  'frozen',
  'no_lock',
  'lock_id_differs',
  'holder_unreadable',
];

/** The result that decides how the step ends; undefined when there was no lock. Pure. */
export function decisiveEnd(outcome: UnlockOutcome): LockEnd | undefined {
  const failed = outcome.find(isFailed);
  if (failed !== undefined) return failed;
  const looked = outcome.filter((end): end is LookedAt => !isFailed(end));
  return FIRST.flatMap((code) => looked.filter((end) => end.code === code))[0];
}

export function isFailed(end: LockEnd): end is FailedLock {
  return 'error' in end;
}

/** An outcome that fails the step. `message` is for the user. `cause`: the failed delete, if that is the reason. */
export class NotUnlocked extends CodedError<UnlockCode | ErrorReason> {
  override readonly name = 'NotUnlocked';
}
