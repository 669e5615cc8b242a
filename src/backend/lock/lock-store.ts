import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { LockHolder } from '../records/lock-info.ts';

/** Our lock as it is written. */
export interface OurLock {
  readonly id: string;
  /** The lock info, byte for byte the same in every store. */
  readonly info: string;
  /** How often a checkpointer will renew the lock item, in ms; undefined: nobody will. */
  readonly heartbeatMs: number | undefined;
}

/** A sign of life on a lock item: a counter that its holder raises every `intervalMs`. */
export interface Heartbeat {
  readonly beats: number;
  readonly intervalMs: number;
}

/** A lock item with all its attributes. */
export type LockItem = Readonly<Record<string, AttributeValue>>;

/** A lock as it was found in one of its two stores (docs/protocol.md#lock-item, docs/protocol.md#lock-file). */
export type FoundLock =
  | {
      readonly store: 'item';
      readonly holder: LockHolder;
      readonly heartbeat: Heartbeat | undefined;
      readonly item: LockItem;
    }
  | {
      readonly store: 'file';
      readonly holder: LockHolder;
      readonly heartbeat: undefined;
      readonly etag: string | undefined;
    };

/** What came of one try to take the lock. */
export type AcquireOutcome =
  /** `broken`: the stale locks that were taken over on the way. */
  | { readonly kind: 'held'; readonly broken: readonly FoundLock[] }
  | { readonly kind: 'conflict'; readonly lock: FoundLock }
  /** It was held, and free again before we could see by whom. */
  | { readonly kind: 'vanished' };

/** What came of a conditional release. `gone`: there was no lock any more. `taken`: somebody else holds it now. */
export type ReleaseOutcome =
  | { readonly kind: 'released' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'taken'; readonly holder: LockHolder };

/** One store that a lock can be in. Errors of all calls: AwsError of the call that failed for good. */
export interface LockStore {
  /**
   * Takes it if it is free or, in the same conditional write, from `stale`. A conflict with our very own lock (a lost
   * answer) counts as held.
   */
  acquire(ours: OurLock, stale: FoundLock | undefined): Promise<AcquireOutcome>;
  /** The lock as it is now, read consistently, however broken it is; undefined when it is free. */
  read(): Promise<FoundLock | undefined>;
  /** Removes it if its info is byte for byte ours. */
  release(info: string): Promise<ReleaseOutcome>;
  /** Removes it if it is still what was found, and has not beaten since where `found` has a heartbeat. */
  remove(found: FoundLock): Promise<ReleaseOutcome>;
  /** Whether a call of `acquire` may have left it ours. */
  mayBeOurs(): boolean;
}
