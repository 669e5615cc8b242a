import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { snapshotsFolder } from '../address.ts';
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
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { Contents = [], NextContinuationToken } = await listPage(backend, token);
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

async function listPage(
  { aws, address }: Backend,
  token: string | undefined,
): Promise<ListObjectsV2CommandOutput> {
  const prefix = snapshotsFolder(address);
  const command = new ListObjectsV2Command({
    Bucket: address.bucket,
    Prefix: prefix,
    Delimiter: '/',
    ContinuationToken: token,
    // A key may contain characters that XML can't represent.
    EncodingType: 'url',
  });
  const call = { api: 's3:ListBucket', resource: `s3://${address.bucket}/${prefix}` };
  return await aws.call(call, (abortSignal) => aws.s3.send(command, { abortSignal }));
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
  for (const snapshot of old.toReversed().slice(0, MOST_DELETED)) await deleteSnapshot(backend, snapshot);
}

async function deleteSnapshot({ aws, address }: Backend, name: SnapshotName): Promise<void> {
  const key = snapshotKey(address, name);
  const command = new DeleteObjectCommand({ Bucket: address.bucket, Key: key });
  await aws.call({ api: 's3:DeleteObject', resource: `s3://${address.bucket}/${key}` }, (abortSignal) =>
    aws.s3.send(command, { abortSignal }),
  );
}
