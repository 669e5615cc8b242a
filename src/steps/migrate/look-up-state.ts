import { addressOfObject } from '../../backend/address.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import { withoutQuotes } from '../../backend/objects/object-headers.ts';
import type { StateProvenance } from '../../backend/records/provenance.ts';
import type { Backend } from '../../backend/settings.ts';
import { requireDigest } from '../../backend/state/digest.ts';
import { hashObject, lookUpObject } from '../../backend/state/look-up-object.ts';
import {
  type LockFileTrail,
  readLockFileTrail,
  wasLockFileThere,
} from '../../backend/survey/lock-file-trail.ts';
import type { SurveyedState } from '../../backend/survey/survey-states.ts';
import type { LiveLock } from '../../messages/migration-text.ts';
import type { StateEvidence } from './assess-state.ts';
import { FINISH_OPERATION } from './finish-operation.ts';

/** A state to look up: its backend, and what the listing and the scan show about it. */
export interface StateLookUp {
  readonly backend: Backend & { readonly table: string };
  readonly state: SurveyedState;
  readonly depth: LookUpDepth;
  /** If its versions were read already. */
  readonly trail: LockFileTrail | undefined;
}

/** How much is read about a state with a digest in the table. */
export type LookUpDepth =
  /** Nothing beyond the scan and the listing. */
  | { readonly kind: 'quick' }
  /** Versions and metadata as well, if the state was written after `since`, in ms since the epoch. */
  | { readonly kind: 'full'; readonly since: number };

/**
 * Finds out how the clients of a state lock it. A state that the scan and the listing decide costs no call. A lock costs two
 * or four. Any other state costs one or two lists of versions, unless they were read already, and one read: of the object's
 * metadata, or of its content if its ETag is not its digest. Errors: AwsError.
 */
export async function lookUpState(lookUp: StateLookUp): Promise<StateEvidence> {
  const { backend, state, depth } = lookUp;
  const { objectKey, digest, object } = state;
  const address = addressOfObject(backend.address.bucket, backend.address.workspace, objectKey);
  const scoped = { ...backend, address };
  const liveLock = await findLiveLock(scoped, state);
  const known = { objectKey, hasObject: object !== undefined, writtenAt: object?.modifiedAt, liveLock };
  const now = backend.aws.storeNow();
  const nothing = { trail: undefined, provenance: undefined, isLookedAt: false, now };
  if (digest === undefined) return { ...known, ...nothing, digest: 'none' };
  if (object === undefined) return { ...known, ...nothing, digest: 'differs' };
  const isSeen = isEtagTheDigest(state);
  if (!needsVersions(state, depth)) return { ...known, ...nothing, digest: isSeen ? 'agrees' : 'unchecked' };
  const trail = lookUp.trail ?? (await readLockFileTrail(scoped));
  const seen = isSeen ? await readWriter(scoped, state, trail) : await compareContent(scoped, state);
  if (seen === undefined) return { ...known, ...nothing, digest: 'none' };
  const { digest: compared, provenance } = seen;
  return { ...known, digest: compared, trail, provenance, isLookedAt: true, now };
}

/** Whether the versions of a state are needed to find out how its clients lock it. Pure. */
export function needsVersions(state: SurveyedState, depth: LookUpDepth): boolean {
  const { digest, object } = state;
  if (digest === undefined || object === undefined || depth.kind === 'quick') return false;
  const isOld = object.modifiedAt !== undefined && object.modifiedAt < depth.since;
  return !isOld || !isEtagTheDigest(state);
}

function isEtagTheDigest({ digest, object }: SurveyedState): boolean {
  return matches(digest, md5OfEtag(object?.etag));
}

/**
 * Reads the locks again. A holder takes and frees its two locks one after the other, so a lock in only one store is
 * read twice.
 */
async function findLiveLock(
  backend: Backend,
  { item, hasLockFile }: SurveyedState,
): Promise<LiveLock | undefined> {
  if (item === undefined && !hasLockFile) return undefined;
  const stores = stateLock({ ...backend, useLockfile: true });
  const first = (await stores?.read()) ?? [];
  const [lock] = first;
  if (lock === undefined) return undefined;
  if (first.length > 1) return describeLock(first);
  const again = (await stores?.read()) ?? [];
  const isSame = again.some(({ holder }) => holder.raw === lock.holder.raw);
  return isSame ? describeLock(again) : undefined;
}

/** If the stores have different holders, the one in the table counts, because the other can't keep it out. */
function describeLock(found: readonly FoundLock[]): LiveLock | undefined {
  const item = found.find(({ store }) => store === 'item');
  const lock = item ?? found[0];
  if (lock === undefined) return undefined;
  const own = found.filter(({ holder }) => holder.raw === lock.holder.raw);
  const isOfFinish = lock.holder.info?.operation === FINISH_OPERATION;
  return { holder: lock.holder, stores: own.map(({ store }) => store), isOfFinish };
}

interface ComparedObject {
  readonly digest: 'agrees' | 'differs';
  readonly provenance: StateProvenance | undefined;
}

/** Reads the metadata only if the versions don't already show that the lock file was taken. */
async function readWriter(
  backend: Backend,
  { objectKey, digest, object }: SurveyedState,
  trail: LockFileTrail | undefined,
): Promise<ComparedObject> {
  const write = trail?.writes[0];
  const isCovered = trail !== undefined && write !== undefined && wasLockFileThere(trail, write.at);
  if (isCovered) return { digest: 'agrees', provenance: undefined };
  const current = await lookUpObject(backend, objectKey);
  const isSame = current?.etag === object?.etag && matches(digest, current?.provenance?.md5);
  return { digest: 'agrees', provenance: isSame ? current?.provenance : undefined };
}

/**
 * Reads digest and object again, because an apply may have come between the scan and the listing. Undefined: the digest
 * is gone.
 */
async function compareContent(
  backend: Backend & { readonly table: string },
  { objectKey }: SurveyedState,
): Promise<ComparedObject | undefined> {
  const content = await hashObject(backend, objectKey);
  const digest = await requireDigest(backend.aws, backend.table, backend.address.digestPath);
  if (digest.kind === 'absent') return undefined;
  const isMatch =
    content !== undefined &&
    digest.kind === 'valid' &&
    matches({ stored: digest.stored, next: digest.next }, content.md5);
  const isProven = content?.provenance?.md5 === content?.md5;
  return { digest: isMatch ? 'agrees' : 'differs', provenance: isProven ? content?.provenance : undefined };
}

/** A push announces the next digest before it writes the object. */
function matches(digest: SurveyedState['digest'], md5: string | undefined): boolean {
  if (digest === undefined || md5 === undefined) return false;
  return digest.stored?.toLowerCase() === md5 || digest.next === md5;
}

function md5OfEtag(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : withoutQuotes(etag);
}
