import { snapshotsFolder } from '../address.ts';
import { deleteObject } from '../objects/delete-object.ts';
import { listPage } from '../objects/list-objects.ts';
import type { Backend } from '../settings.ts';
import { parseSnapshotName, type SnapshotName, snapshotKey } from './snapshot-name.ts';

/** A snapshot of the state in the store's list. */
export interface ListedSnapshot extends SnapshotName {
  readonly time: Date | undefined;
  /** In bytes. */
  readonly size: number | undefined;
}

/** Limits the pages, for a store that always claims to have another one. Each page has 1,000 objects. */
const MOST_PAGES = 10;

/** The snapshots of the state, the newest first. Ignores other objects in their folder. Errors: AwsError. */
export async function listSnapshots(backend: Backend): Promise<ListedSnapshot[]> {
  const found: ListedSnapshot[] = [];
  const folder = snapshotsFolder(backend.address);
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const from = { Delimiter: '/', ContinuationToken: token };
    const { Contents = [], NextContinuationToken } = await listPage(backend, folder, from);
    for (const { Key = '', LastModified: time, Size: size } of Contents) {
      const name = parseSnapshotName(Key.slice(Key.lastIndexOf('/') + 1));
      if (name !== undefined) found.push({ ...name, time, size });
    }
    token = NextContinuationToken;
    if (token === undefined) break;
  }
  return found.sort(compareAges);
}

/**
 * Sorts the newest first. Within one second, the higher serial is newer. A recreated state has lower serials than
 * before. Pure.
 */
export function compareAges(one: ListedSnapshot, other: ListedSnapshot): number {
  const later = (other.time?.getTime() ?? 0) - (one.time?.getTime() ?? 0);
  if (later !== 0) return later;
  if (one.serial === other.serial) return 0;
  return one.serial > other.serial ? -1 : 1;
}

/** The number of newest snapshots that are kept. */
export const KEPT_SNAPSHOTS = 20;

/** The most snapshots that one job deletes while it holds the lock. */
const MOST_DELETED = 20;

/**
 * Deletes all snapshots but the newest ones, under the lock, so nobody else makes one at the same time. Errors:
 * AwsError.
 */
export async function pruneSnapshots(backend: Backend): Promise<void> {
  const old = (await listSnapshots(backend)).slice(KEPT_SNAPSHOTS);
  // Oldest first, in case the loop is interrupted.
  for (const snapshot of old.toReversed().slice(0, MOST_DELETED)) {
    await deleteObject(backend, snapshotKey(backend.address, snapshot));
  }
}
