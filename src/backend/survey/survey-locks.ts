import { compareTexts } from '../../text/compare-texts.ts';
import { addressOfObject, type StateAddress } from '../address.ts';
import { lockFileObject } from '../lock/lock-file-object.ts';
import type { FoundLock } from '../lock/lock-store.ts';
import { type ListedObject, listObjects } from '../objects/list-objects.ts';
import type { Backend } from '../settings.ts';
import { classifyObject } from './classify-object.ts';
import { mapAtOnce } from './map-at-once.ts';
import { scanTable } from './scan-table.ts';

/** One holder's lock of a state, in all stores that contain it. The item comes first. */
export interface FoundStateLock {
  readonly address: StateAddress;
  readonly stores: readonly [FoundLock, ...FoundLock[]];
}

/** A rescue copy that still exists. */
export interface RescueCopy {
  readonly objectKey: string;
  readonly copy: ListedObject;
}

/** The record of a plan, which may have expired. */
export interface FoundPlanRecord {
  readonly objectKey: string;
  readonly planId: string;
  /** In ms since the epoch; 0 when the store does not say. */
  readonly storedAt: number;
}

/** What a bucket and a table contain besides states. All lists are sorted by key. */
export interface Survey {
  readonly locks: readonly FoundStateLock[];
  /** The number of locks that were not checked because there are too many. */
  readonly moreLocks: number;
  /** The keys of states that have a digest but no object. */
  readonly lonelyDigests: readonly string[];
  readonly rescueCopies: readonly RescueCopy[];
  readonly planRecords: readonly FoundPlanRecord[];
  /** The number of objects listed. */
  readonly objects: number;
}

/** Which part of a bucket is surveyed. */
export interface SurveyRange {
  /** The prefix of the states' keys; empty for all. */
  readonly prefix: string;
  readonly mostLocks: number;
}

/** The number of lock files read in parallel. */
const AT_ONCE = 16;

/**
 * Finds every lock below a prefix with one scan of the table and one listing of the bucket, and reads the lock files.
 * Reads no state. Keeps in memory only the locks, the keys of digests, and the remnants, however many other objects
 * there are. Errors: AwsError.
 */
export async function surveyLocks(backend: Backend, { prefix, mostLocks }: SurveyRange): Promise<Survey> {
  const table = await readTable(backend, prefix);
  // This order keeps the digest of a new state from being taken for one without an object.
  const bucket = await readBucket(backend, prefix, table.digests);
  const items = [...table.locks].sort(byKey).slice(0, mostLocks);
  const room = mostLocks - items.length;
  const files = await mapAtOnce(bucket.lockFiles.slice(0, room), AT_ONCE, async (objectKey) => {
    const scoped = { ...backend, address: addressFor(backend, objectKey) };
    const lock = await lockFileObject(scoped).read();
    return lock === undefined ? undefined : { objectKey, lock };
  });
  return {
    locks: groupByHolder(
      backend,
      [...items, ...files].filter((found) => found !== undefined),
    ),
    moreLocks: table.locks.length - items.length + Math.max(0, bucket.lockFiles.length - room),
    lonelyDigests: [...table.digests].sort(),
    rescueCopies: bucket.rescueCopies,
    planRecords: bucket.planRecords,
    objects: bucket.objects,
  };
}

interface KeyedLock {
  readonly objectKey: string;
  readonly lock: FoundLock;
}

interface TableContents {
  readonly locks: KeyedLock[];
  /** Keys of states. */
  readonly digests: Set<string>;
}

async function readTable(
  { aws, table, address: { bucket } }: Backend,
  prefix: string,
): Promise<TableContents> {
  const contents: TableContents = { locks: [], digests: new Set() };
  if (table === undefined) return contents;
  for await (const rows of scanTable(aws, { table, bucket, prefix })) {
    for (const row of rows) {
      if (row.kind === 'digest') contents.digests.add(row.objectKey);
      else contents.locks.push({ objectKey: row.objectKey, lock: row.lock });
    }
  }
  return contents;
}

interface BucketContents {
  /** Keys of their states. */
  readonly lockFiles: string[];
  readonly rescueCopies: RescueCopy[];
  readonly planRecords: FoundPlanRecord[];
  objects: number;
}

/** Removes the states that have an object from `digests`. */
async function readBucket(backend: Backend, prefix: string, digests: Set<string>): Promise<BucketContents> {
  const contents: BucketContents = { lockFiles: [], rescueCopies: [], planRecords: [], objects: 0 };
  for await (const page of listObjects(backend, prefix)) {
    contents.objects += page.length;
    for (const object of page) {
      digests.delete(object.key);
      noteObject(contents, object);
    }
  }
  return contents;
}

function noteObject(contents: BucketContents, object: ListedObject): void {
  const found = classifyObject(object.key);
  if (found.kind === 'lock_file') contents.lockFiles.push(found.objectKey);
  else if (found.kind === 'rescue_copy') {
    contents.rescueCopies.push({ objectKey: found.objectKey, copy: object });
  } else if (found.kind === 'plan_record') {
    const { objectKey, planId } = found;
    contents.planRecords.push({ objectKey, planId, storedAt: object.modifiedAt ?? 0 });
  }
}

/** A holder's lock in both stores is one lock. */
function groupByHolder(backend: Backend, found: readonly KeyedLock[]): FoundStateLock[] {
  const groups = new Map<string, FoundStateLock>();
  for (const { objectKey, lock } of found) {
    const id = JSON.stringify([objectKey, lock.holder.raw ?? null]);
    const before = groups.get(id);
    const stores: FoundStateLock['stores'] = before === undefined ? [lock] : [...before.stores, lock];
    groups.set(id, { address: addressFor(backend, objectKey), stores });
  }
  return [...groups.values()].sort((one, other) =>
    compareTexts(one.address.objectKey, other.address.objectKey),
  );
}

function addressFor({ address: { bucket, workspace } }: Backend, objectKey: string): StateAddress {
  return addressOfObject(bucket, workspace, objectKey);
}

function byKey(one: KeyedLock, other: KeyedLock): number {
  return compareTexts(one.objectKey, other.objectKey);
}
