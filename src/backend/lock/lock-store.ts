import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { LockHolder } from '../records/lock-info.ts';

/** Our lock in the form in which it is written. */
export interface OurLock {
  readonly id: string;
  /** The lock info, byte for byte the same in every store. */
  readonly info: string;
  /** How often a checkpointer renews the lock item, in ms; undefined when nothing does. */
  readonly heartbeatMs: number | undefined;
}

/** A sign of life on a lock item: a counter that its holder increments every `intervalMs`. */
export interface Heartbeat {
  readonly beats: number;
  readonly intervalMs: number;
}

/** A lock item with all its attributes. */
export type LockItem = Readonly<Record<string, AttributeValue>>;

/** A lock that was found in one of its two stores (docs/protocol.md#lock-item, docs/protocol.md#lock-file). */
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

/** The result of one attempt to take the lock. */
export type AcquireOutcome =
  /** `broken`: the stale locks that were taken over. */
  | { readonly kind: 'held'; readonly broken: readonly FoundLock[] }
  | { readonly kind: 'conflict'; readonly lock: FoundLock }
  /** It was held, and then free before its holder could be read. */
  | { readonly kind: 'vanished' };

/** The result of a conditional release. `gone`: the lock no longer existed. `taken`: somebody else holds it now. */
export type ReleaseOutcome =
  | { readonly kind: 'released' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'taken'; readonly holder: LockHolder };

/** One store of a lock. Errors of all calls: AwsError of the call that failed for good. */
export interface LockStore {
  /**
   * Takes the lock if it is free or, in the same conditional write, from `stale`. A conflict with our own lock (after a
   * lost answer) counts as held.
   */
  acquire(ours: OurLock, stale: FoundLock | undefined): Promise<AcquireOutcome>;
  /** Reads the lock consistently, even if its content is broken; undefined when it is free. */
  read(): Promise<FoundLock | undefined>;
  /** Removes the lock if its info equals ours, byte for byte. */
  release(info: string): Promise<ReleaseOutcome>;
  /**
   * Removes the lock if it has not changed since it was found and, if `found` has a heartbeat, has had no beat since.
   */
  remove(found: FoundLock): Promise<ReleaseOutcome>;
  /** Whether a call of `acquire` may have taken the lock for us. */
  mayBeOurs(): boolean;
}
