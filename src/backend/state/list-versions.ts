import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { AwsError } from '../../aws/errors.ts';
import type { S3Part } from '../../aws/s3.ts';
import { type StateAddress, snapshotsFolder } from '../address.ts';
import type { Backend } from '../settings.ts';
import { type ListedSnapshot, listSnapshots } from './list-snapshots.ts';
import { lookUpObject } from './look-up-object.ts';
import { parseSnapshotName } from './snapshot-name.ts';
import { type DownloadedState, examineVersion, type ObjectVersion } from './state-object.ts';

/** One version of the state object in the store's list: a state or a delete marker. Or a snapshot that a job kept. */
export interface StateVersion {
  readonly kind: 'state' | 'delete_marker' | 'snapshot';
  /** `null` when the bucket kept no versions at the time of the write; for a snapshot, `snapshot:` and its name. */
  readonly versionId: string;
  readonly isCurrent: boolean;
  readonly time: Date | undefined;
  /** In bytes; undefined for a delete marker, and when the store does not say. */
  readonly size: number | undefined;
}

/** S3's version id for an object that was written while its bucket kept no versions. */
export const NO_VERSION_ID = 'null';

/** Whether the bucket keeps the object with this version id when another one replaces it. Pure. */
export function isKeptVersion(versionId: string | undefined): boolean {
  return versionId !== undefined && versionId !== NO_VERSION_ID;
}

/** The most versions that are examined: ten pages. */
export const MOST_VERSIONS = 10_000;

/** A position in the list of all versions of all objects: the last one before the requested ones. */
export interface VersionMarker {
  readonly key: string;
  /** Undefined: after all versions of the key. */
  readonly versionId: string | undefined;
}

/** One page of the list, after a position or from the beginning. */
export interface VersionsPage {
  readonly states: readonly KeyedVersion[];
  readonly markers: readonly KeyedVersion[];
  /** Undefined when this is the last page. */
  readonly next: VersionMarker | undefined;
}

/** A version of any object. */
export interface KeyedVersion extends StateVersion {
  readonly key: string;
}

/** Undefined when the store has no such list. */
export type ListVersionsAfter = (after: VersionMarker | undefined) => Promise<VersionsPage | undefined>;

/**
 * The versions of the state object, the newest first, at most `most`. For a store without such a list, only the object.
 * Errors: AwsError.
 */
export async function listVersions(backend: Backend, most: number): Promise<StateVersion[]> {
  const { objectKey } = backend.address;
  const versions = await collectVersions(
    (after) => listVersionsPage(backend, objectKey, after),
    objectKey,
    most,
  );
  return versions ?? (await onlyObject(backend));
}

/** Collects them from the pages. Objects with longer keys that start with this key come after it and are not read. */
export async function collectVersions(
  list: ListVersionsAfter,
  objectKey: string,
  most: number,
): Promise<StateVersion[] | undefined> {
  const versions: StateVersion[] = [];
  let after: VersionMarker | undefined;
  do {
    const page = await list(after);
    if (page === undefined) return undefined;
    const isOurs = ({ key }: KeyedVersion) => key === objectKey;
    versions.push(...merge(page.states.filter(isOurs), page.markers.filter(isOurs)).map(withoutKey));
    const { next } = page;
    // A store that returns the same position again would make this loop endless.
    after = next?.key === objectKey && next.versionId !== after?.versionId ? next : undefined;
  } while (after !== undefined && versions.length < most);
  return versions.slice(0, most);
}

function withoutKey({ key: _, ...version }: KeyedVersion): StateVersion {
  return version;
}

/** The start of snapshot ids. No store uses such ids for versions. */
const SNAPSHOT = 'snapshot:';

/**
 * Everything that exists of the state, the newest first: the versions of its object, and the snapshots that jobs kept.
 * The object, or its last delete marker, comes first. Without `most`, all of them. Errors: AwsError.
 */
export async function listHistory(backend: Backend, most = MOST_VERSIONS): Promise<StateVersion[]> {
  const [versions, snapshots] = await Promise.all([listVersions(backend, most), listSnapshots(backend)]);
  return mergeSnapshots(versions, snapshots.map(toSnapshotVersion)).slice(0, most);
}

function toSnapshotVersion({ serial, md5, time, size }: ListedSnapshot): StateVersion {
  return { kind: 'snapshot', versionId: `${SNAPSHOT}${serial}-${md5}`, isCurrent: false, time, size };
}

/** A snapshot contains the previous state, so it comes after a version of the same second. Pure. */
export function mergeSnapshots(
  [first, ...versions]: readonly StateVersion[],
  snapshots: readonly StateVersion[],
): StateVersion[] {
  const rest = mergeByTime(snapshots, versions, (version, snapshot) => toMs(version) >= toMs(snapshot));
  return first === undefined ? rest : [first, ...rest];
}

/** What to read for a version; without an id when the bucket keeps no versions. Pure. */
export function toObjectVersion(
  { objectKey }: Pick<StateAddress, 'objectKey'>,
  { kind, versionId, isCurrent }: StateVersion,
): ObjectVersion {
  if (kind === 'snapshot') {
    const key = `${snapshotsFolder({ objectKey })}${versionId.slice(SNAPSHOT.length)}`;
    return { key, versionId: undefined };
  }
  const isOnly = isCurrent && versionId === NO_VERSION_ID;
  return { key: objectKey, versionId: isOnly ? undefined : versionId };
}

/** The MD5 in a snapshot's name; undefined for any other version. Pure. */
export function snapshotMd5({ kind, versionId }: StateVersion): string | undefined {
  return kind === 'snapshot' ? parseSnapshotName(versionId.slice(SNAPSHOT.length))?.md5 : undefined;
}

/** One page of the versions of all objects whose keys begin so. Errors: AwsError. */
export async function listVersionsPage(
  { aws, address: { bucket } }: Backend,
  prefix: string,
  after: VersionMarker | undefined,
): Promise<VersionsPage | undefined> {
  const build = ({ ListObjectVersionsCommand }: S3Part) =>
    new ListObjectVersionsCommand({
      Bucket: bucket,
      Prefix: prefix,
      KeyMarker: after?.key,
      VersionIdMarker: after?.versionId,
      // A key may contain characters that XML can't represent.
      EncodingType: 'url',
    });
  const call = { api: 's3:ListBucketVersions', resource: `s3://${bucket}/${prefix}` };
  try {
    return toPage(await aws.call(call, (abortSignal) => aws.s3.send(build, { abortSignal })));
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'not_implemented') return undefined;
    throw error;
  }
}

function toPage(answer: ListObjectVersionsCommandOutput): VersionsPage {
  const { Versions = [], DeleteMarkers = [], NextKeyMarker, NextVersionIdMarker } = answer;
  // Without a version, the list goes on after all versions of the key.
  const isEnd = answer.IsTruncated !== true || NextKeyMarker === undefined;
  return {
    states: Versions.map((version) => toVersion(answer, 'state', version)),
    markers: DeleteMarkers.map((version) => toVersion(answer, 'delete_marker', version)),
    next: isEnd ? undefined : { key: decodeKey(answer, NextKeyMarker), versionId: NextVersionIdMarker },
  };
}

async function onlyObject(backend: Backend): Promise<StateVersion[]> {
  const object = await lookUpObject(backend, backend.address.objectKey);
  if (object === undefined) return [];
  const { lastModified: time, versionId = NO_VERSION_ID } = object;
  return [{ kind: 'state', versionId, isCurrent: true, time, size: undefined }];
}

interface ListedVersion {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
  readonly Size?: number | undefined;
}

function toVersion(
  answer: ListObjectVersionsCommandOutput,
  kind: StateVersion['kind'],
  { Key, VersionId, IsLatest, LastModified, Size }: ListedVersion,
): KeyedVersion {
  const size = kind === 'state' ? Size : undefined;
  const versionId = VersionId ?? NO_VERSION_ID;
  const key = decodeKey(answer, Key);
  return { key, kind, versionId, isCurrent: IsLatest === true, time: LastModified, size };
}

/**
 * Each list is sorted. Only the time, to the second, orders one against the other. Within one second, the marker counts
 * as newer, because a deleted object was written before.
 */
function merge(states: readonly KeyedVersion[], markers: readonly KeyedVersion[]): KeyedVersion[] {
  return mergeByTime(states, markers, isNewer);
}

/** Merges two sorted lists. `comesFirst`: whether one of `others` comes before one of `list`. */
function mergeByTime<Version>(
  list: readonly Version[],
  others: readonly Version[],
  comesFirst: (other: Version, one: Version) => boolean,
): Version[] {
  const merged: Version[] = [];
  const left = [...others];
  for (const one of list) {
    for (let other = left[0]; other !== undefined && comesFirst(other, one); other = left[0]) {
      merged.push(other);
      left.shift();
    }
    merged.push(one);
  }
  return [...merged, ...left];
}

function isNewer(one: StateVersion, other: StateVersion): boolean {
  return one.isCurrent === other.isCurrent ? toMs(one) >= toMs(other) : one.isCurrent;
}

function toMs({ time }: StateVersion): number {
  return time?.getTime() ?? 0;
}

/** The decoded key. A store that does not support the encoding does not name it in its answer. */
function decodeKey({ EncodingType }: ListObjectVersionsCommandOutput, key: string | undefined): string {
  const text = key ?? '';
  return EncodingType === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}

/** A version that was read, or the reason why it can't be. */
export type ExaminedVersion =
  | { readonly kind: 'read'; readonly state: DownloadedState }
  | { readonly kind: 'gone' | 'archived' };

/** Reads a listed version without writing anything to the disk. Errors: AwsError. */
export async function examineListed(backend: Backend, version: StateVersion): Promise<ExaminedVersion> {
  try {
    const state = await examineVersion(backend, toObjectVersion(backend.address, version));
    return state === undefined ? { kind: 'gone' } : { kind: 'read', state };
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'archived') return { kind: 'archived' };
    throw error;
  }
}
