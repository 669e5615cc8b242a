import type { StateProvenance } from '../../backend/records/provenance.ts';
import {
  type LockFileTrail,
  type StateWriteTime,
  wasLockFileThere,
} from '../../backend/survey/lock-file-trail.ts';
import type {
  LastClient,
  LiveLock,
  MigrationFinding,
  MigrationStatus,
  TableClientSeen,
} from '../../messages/migration-text.ts';

/** What the action found out about a state. Times are in ms since the epoch. */
export interface StateEvidence {
  readonly objectKey: string;
  readonly digest: MigrationFinding['digest'];
  readonly hasObject: boolean;
  readonly writtenAt: number | undefined;
  /** Undefined when it was not read, or the store lists no versions. */
  readonly trail: LockFileTrail | undefined;
  /** Whether versions and metadata were read. */
  readonly isLookedAt: boolean;
  /** Of exactly the current bytes. Undefined when another client wrote them. */
  readonly provenance: StateProvenance | undefined;
  readonly liveLock: LiveLock | undefined;
  /** By the store's clock. */
  readonly now: number;
}

/** No lifecycle rule removes a version within its first day, so no lock file of the last day can be missing. */
const KEPT_FOR_MS = 86_400_000;

/**
 * Decides how the last client of a state locks it, and when a client that takes only the table's lock was last seen.
 * Pure.
 */
export function assessState(found: StateEvidence): MigrationFinding {
  const { objectKey, digest, writtenAt, provenance, liveLock, trail } = found;
  // The lock of an earlier finish says nothing about the clients of the state.
  const evidence = liveLock?.isOfFinish === true ? { ...found, liveLock: undefined } : found;
  const spans = trail?.spans ?? [];
  const isHeldInFile = evidence.liveLock?.stores.includes('file') === true;
  return {
    objectKey,
    digest,
    client: findLastClient(evidence),
    writtenAt,
    lockFileSeenAt: isHeldInFile ? evidence.now : (spans[0]?.until ?? spans[0]?.from),
    tableClient: findTableClient(evidence),
    writer: provenance && { actor: provenance.actor, run: provenance.run },
    liveLock,
  };
}

function findLastClient(evidence: StateEvidence): LastClient {
  const { digest, hasObject, isLookedAt, liveLock } = evidence;
  if (liveLock !== undefined) return { kind: nameClient(liveLock.stores), proof: 'live_lock' };
  if (digest === 'none') return { kind: 'unknown', reason: 'not_in_table' };
  if (!hasObject) return { kind: 'unknown', reason: 'no_object' };
  if (!isLookedAt) return { kind: 'unknown', reason: 'not_looked_at' };
  return findLastWriter(evidence);
}

function nameClient(stores: LiveLock['stores']): 'both' | 'file' | 'table' {
  if (!stores.includes('file')) return 'table';
  return stores.includes('item') ? 'both' : 'file';
}

/** If the digest matches the object, a client that uses the table wrote both. */
function findLastWriter(evidence: StateEvidence): LastClient {
  const { digest, provenance, trail } = evidence;
  const knowsTable = digest === 'agrees';
  if (provenance?.lockStores !== undefined && knowsTable === provenance.lockStores.includes('item')) {
    return { kind: nameClient(provenance.lockStores), proof: 'metadata' };
  }
  const write = trail?.writes[0];
  const use = write === undefined ? 'not_known' : findLockFileUse(evidence, write);
  if (use === 'taken') return { kind: knowsTable ? 'both' : 'file', proof: 'versions' };
  if (!knowsTable) return { kind: 'unknown', reason: 'digest_differs' };
  if (use === 'not_known') return { kind: 'unknown', reason: 'no_versions' };
  return { kind: 'table', proof: use === 'not_taken' ? 'versions' : 'no_trace' };
}

type LockFileUse = 'taken' | 'not_taken' | 'no_trace' | 'not_known';

/** Whether a lock file existed when the state was written. */
function findLockFileUse({ trail, now }: StateEvidence, { at, isVersioned }: StateWriteTime): LockFileUse {
  const spans = trail?.spans ?? [];
  if (wasLockFileThere({ spans }, at)) return 'taken';
  if (!isVersioned) return 'not_known';
  const oldest = spans.at(-1);
  const isRemembered = now - at < KEPT_FOR_MS || (oldest !== undefined && oldest.from <= at);
  return isRemembered ? 'not_taken' : 'no_trace';
}

/**
 * The most recent of a lock in the table alone and the writes without a lock file, as far back as the bucket has
 * versions.
 */
function findTableClient(evidence: StateEvidence): TableClientSeen | undefined {
  const { liveLock, trail, now, digest, provenance, writtenAt = 0 } = evidence;
  if (liveLock !== undefined && !liveLock.stores.includes('file')) return { at: now, isCertain: true };
  const stores = provenance?.lockStores;
  if (digest === 'agrees' && stores !== undefined && !stores.includes('file')) {
    return { at: writtenAt, isCertain: true };
  }
  for (const [age, write] of (trail?.writes ?? []).entries()) {
    if (age === 0 && isOtherwiseKnown(evidence)) continue;
    const use = findLockFileUse(evidence, write);
    // For the current object, no knowledge means unknown. For an older one, it means that nothing proves a lock file.
    if (use === 'taken' || (use === 'not_known' && age === 0)) continue;
    return { at: write.at, isCertain: use === 'not_taken' };
  }
  return undefined;
}

/** Whether metadata say how the current object's writer locked, or its digest differs, which leaves that open. */
function isOtherwiseKnown({ provenance, digest }: StateEvidence): boolean {
  return provenance?.lockStores !== undefined || digest === 'differs';
}

/** For how long no client may have taken only the table's lock, and the current time, in ms. */
export interface QuietTime {
  readonly quietForMs: number;
  readonly now: number;
}

/** Whether it is proven that the holders of a state take both locks. Pure. */
export function decideDual(finding: MigrationFinding, quiet: QuietTime): MigrationStatus {
  const { digest, client, lockFileSeenAt, writtenAt = 0, tableClient } = finding;
  if (hasNoItem(finding) || isRestOfFinish(finding)) return { kind: 'done' };
  if (tableClient !== undefined && isRecent(tableClient.at, quiet)) {
    return { kind: 'table_client', ...tableClient };
  }
  if (client.kind === 'both') return { kind: 'proven' };
  if (client.kind === 'file') return { kind: 'file_client' };
  const isTakenSince = lockFileSeenAt !== undefined && lockFileSeenAt > writtenAt;
  if (digest === 'agrees' && isTakenSince) return { kind: 'proven' };
  return client.kind === 'unknown' ? { kind: 'unknown', reason: client.reason } : { kind: 'not_seen' };
}

/** Whether the items of a state can be removed. `isAllowed`: whether the user vouches for what is unknown. Pure. */
export function decideFinish(
  finding: MigrationFinding,
  quiet: QuietTime,
  isAllowed: boolean,
): MigrationStatus {
  const { client, liveLock, tableClient, writtenAt } = finding;
  if (isRestOfFinish(finding)) return { kind: 'ready' };
  if (hasNoItem(finding)) return { kind: 'done' };
  if (liveLock !== undefined && !liveLock.isOfFinish) return { kind: 'locked', holder: liveLock.holder };
  if (tableClient !== undefined && isRecent(tableClient.at, quiet)) {
    const isVouchedFor = isAllowed && !tableClient.isCertain;
    if (!isVouchedFor) return { kind: 'table_client', ...tableClient };
  }
  if (client.kind !== 'unknown' || isAllowed) return { kind: 'ready' };
  const isOnlyUnknown = client.reason === 'no_versions' || client.reason === 'not_looked_at';
  const isQuiet = writtenAt !== undefined && !isRecent(writtenAt, quiet);
  // Nobody wrote it during the quiet time, whatever locks they take.
  return isOnlyUnknown && isQuiet ? { kind: 'ready' } : { kind: 'unknown', reason: client.reason };
}

function hasNoItem({ digest, liveLock }: MigrationFinding): boolean {
  return digest === 'none' && liveLock?.stores.includes('item') !== true;
}

/** Whether nothing but the lock of an earlier finish is left, which an interrupt kept from being freed. */
function isRestOfFinish({ digest, liveLock }: MigrationFinding): boolean {
  return digest === 'none' && liveLock?.isOfFinish === true;
}

function isRecent(at: number, { now, quietForMs }: QuietTime): boolean {
  // The store's clock has whole seconds, so a write may seem to be up to a second in the future.
  return now - Math.min(at, now) < quietForMs;
}
