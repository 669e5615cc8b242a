import type { Backend } from '../../backend/settings.ts';
import type { StateFacts } from '../../backend/state/hash-and-inspect.ts';
import { isProvenWrite, lookUpWrite } from '../../backend/state/look-up-object.ts';
import type { CurrentObject } from '../../backend/state-error.ts';
import {
  type CheckpointRecord,
  type CommittedCheckpoint,
  findInDoubt,
} from '../../job-state/checkpoint-record.ts';
import type { KeptSnapshot, PulledFacts } from '../../job-state/saved-state.ts';
import type { PushSide } from '../../statefile/push-rules.ts';

/** What post compares the job's state with: the checkpointer's last checkpoint, or else what main pulled. */
export interface PushBase extends PulledFacts {
  /** The checkpointer's, if `state` is a checkpoint. */
  readonly checkpoint: BaseCheckpoint | undefined;
  /** States that the checkpointer started to push. Any of them may be in S3 instead. */
  readonly inDoubt: readonly PushSide[];
  /** Of the state that main pulled, if this job already kept one. */
  readonly snapshot: KeptSnapshot | undefined;
}

type BaseCheckpoint = Pick<
  CommittedCheckpoint,
  'versionId' | 'conditional' | 'isDigestWritten' | 'isConfirmed'
>;

const NOT_COMMITTED: Omit<BaseCheckpoint, 'versionId'> = {
  conditional: true,
  isDigestWritten: false,
  isConfirmed: false,
};

/** The base from what main pulled and from the checkpointer's record, if there was one. Pure. */
export function pushBase(pulled: PulledFacts, record?: CheckpointRecord): PushBase {
  const { committed, inDoubt = [], snapshot } = record ?? {};
  if (committed === undefined) return { ...pulled, checkpoint: undefined, inDoubt, snapshot };
  const { state, etag, storedDigest } = committed;
  return { state, etag, storedDigest, checkpoint: committed, inDoubt, snapshot };
}

/**
 * The base when the object turns out to be the checkpointer's push under this same lock, whose answer never came. Pure.
 */
export function adoptInDoubt(
  base: PushBase,
  current: CurrentObject | undefined,
  lockId: string | undefined,
): PushBase | undefined {
  const state = lockId === undefined ? undefined : findInDoubt(base.inDoubt, current, lockId);
  if (state === undefined || current === undefined) return undefined;
  const { etag, versionId } = current;
  const { storedDigest, snapshot } = base;
  return { state, etag, storedDigest, checkpoint: { versionId, ...NOT_COMMITTED }, inDoubt: [], snapshot };
}

type PushedObject = Pick<CommittedCheckpoint, 'etag' | 'versionId'> & Pick<PushBase, 'snapshot'>;

/** The base after this step has pushed `local`; undefined for a file without a state, which is never pushed. Pure. */
export function baseAfterPush(
  base: PushBase,
  { facts }: { readonly facts: StateFacts },
  { etag, versionId, snapshot }: PushedObject,
): PushBase | undefined {
  const state = toPushSide(facts);
  if (state === undefined) return undefined;
  const { storedDigest } = base;
  return { state, etag, storedDigest, checkpoint: { versionId, ...NOT_COMMITTED }, inDoubt: [], snapshot };
}

function toPushSide({ md5, inspection }: StateFacts): PushSide | undefined {
  if (inspection.kind !== 'state') return undefined;
  const { header, content, isEmpty } = inspection;
  return { md5, serial: header.serial, lineage: header.lineage, content, isEmpty };
}

/** The object, and whether it is a write of this job if it differs from the base. Errors: AwsError. */
export async function lookUpFor(
  { etag }: PushBase,
  backend: Backend,
  lockId: string | undefined,
): Promise<CurrentObject | undefined> {
  return await lookUpWrite(backend, { key: backend.address.objectKey, lockId, knownEtag: etag });
}

/**
 * Whether the object is the one in the base: according to its ETag, or proven to be this lock's write of that state.
 * Pure.
 */
export function isObjectOfJob(
  { state, etag }: PushBase,
  current: CurrentObject | undefined,
  lockId: string | undefined,
): boolean {
  if (current === undefined) return false;
  if (current.etag !== undefined && current.etag === etag) return true;
  if (lockId === undefined || state === undefined) return false;
  return isProvenWrite(current, { lockId, md5: state.md5 });
}

/** The digest that the table still lacks for the current object, if any. */
export function missingDigest({ state, checkpoint }: PushBase): string | undefined {
  return checkpoint?.isDigestWritten === false ? state?.md5 : undefined;
}
