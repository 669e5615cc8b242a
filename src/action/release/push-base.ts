import type { StateFacts } from '../../backend/examine.ts';
import type { CurrentObject } from '../../backend/faults.ts';
import type { PushSide } from '../../statefile/push-rules.ts';
import { findUnseen, type GuardRecord, type Landed } from '../guard/guard-record.ts';
import type { PulledFacts } from '../saved-state.ts';
import type { LocalState } from './push-decision.ts';

/** What post compares the job's state with: the guard's last checkpoint, else what main pulled. */
export interface PushBase extends PulledFacts {
  /** The guard's, where `state` is one. */
  readonly checkpoint: Pick<Landed, 'versionId' | 'isDigestWritten'> | undefined;
  /** States that the guard began to push; any of them may be in S3 instead. */
  readonly unseen: readonly PushSide[];
}

/** The base from what main pulled and, where there was a guard, from its record. Pure. */
export function pushBase(pulled: PulledFacts, record?: GuardRecord): PushBase {
  const { landed, unseen = [] } = record ?? {};
  if (landed === undefined) return { ...pulled, checkpoint: undefined, unseen };
  const { state, etag, storedDigest } = landed;
  return { state, etag, storedDigest, checkpoint: landed, unseen };
}

/** The base when the object turns out to be what the guard pushed unseen under this very lock. Pure. */
export function adoptUnseen(
  base: PushBase,
  current: CurrentObject | undefined,
  lockId: string | undefined,
): PushBase | undefined {
  const state = lockId === undefined ? undefined : findUnseen(base.unseen, current, lockId);
  if (state === undefined || current === undefined) return undefined;
  const { etag, versionId } = current;
  const { storedDigest } = base;
  return { state, etag, storedDigest, checkpoint: { versionId, isDigestWritten: false }, unseen: [] };
}

/** The base once this step has pushed `local`; undefined for a file without a state, which is never pushed. Pure. */
export function baseAfterPush(
  base: PushBase,
  { facts }: Pick<LocalState, 'facts'>,
  { etag, versionId }: Pick<Landed, 'etag' | 'versionId'>,
): PushBase | undefined {
  const state = sideOf(facts);
  if (state === undefined) return undefined;
  const { storedDigest } = base;
  return { state, etag, storedDigest, checkpoint: { versionId, isDigestWritten: false }, unseen: [] };
}

function sideOf({ md5, inspection }: StateFacts): PushSide | undefined {
  if (inspection.kind !== 'state') return undefined;
  const { header, content, isEmpty } = inspection;
  return { md5, serial: header.serial, lineage: header.lineage, content, isEmpty };
}

/** The digest that the table still lacks for what the object holds, if so. */
export function missingDigest({ state, checkpoint }: PushBase): string | undefined {
  return checkpoint?.isDigestWritten === false ? state?.md5 : undefined;
}
