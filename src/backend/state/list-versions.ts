import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { AwsError } from '../../aws/errors.ts';
import { type StateAddress, snapshotsFolder } from '../address.ts';
import type { Backend } from '../settings.ts';
import { type ListedSnapshot, listSnapshots } from './list-snapshots.ts';
import { lookUpObject } from './look-up-object.ts';
import { parseSnapshotName } from './snapshot-name.ts';
import { type DownloadedState, examineVersion, type ObjectVersion } from './state-object.ts';

/** One version of the state object as the store lists it: a state, or a marker that says that it was deleted; or a snapshot that a job kept. */
export interface StateVersion {
  readonly kind: 'state' | 'delete_marker' | 'snapshot';
  /** `null` where the bucket kept no versions when it was written; of a snapshot `snapshot:` and its name. */
  readonly versionId: string;
  readonly isCurrent: boolean;
  readonly time: Date | undefined;
  /** In bytes; undefined for a delete marker, and where the store does not say. */
  readonly size: number | undefined;
}

/** What S3 calls the version of an object that was written while its bucket kept none. */
export const NO_VERSION_ID = 'null';

/** Whether the bucket keeps the object of this version id when another one takes its place. Pure. */
export function isKeptVersion(versionId: string | undefined): boolean {
  return versionId !== undefined && versionId !== NO_VERSION_ID;
}

/** Versions that are looked through at most: ten pages. */
export const MOST_VERSIONS = 10_000;

/** A place in the list of all versions of all objects: the last one before those that are asked for. */
export interface VersionMarker {
  readonly key: string;
  readonly versionId: string;
}

/** One answer to what comes after a place, or from the beginning. */
export interface VersionsPage {
  readonly states: readonly KeyedVersion[];
  readonly markers: readonly KeyedVersion[];
  /** Undefined: this is the last one. */
  readonly next: VersionMarker | undefined;
}

/** A version of any object. */
export interface KeyedVersion extends StateVersion {
  readonly key: string;
}

/** Undefined: the store knows no such list. */
export type ListVersionsAfter = (after: VersionMarker | undefined) => Promise<VersionsPage | undefined>;

/**
 * The versions of the state object, the newest first, at most `most`. A store without such a list has the object alone. Errors: AwsError.
 */
export async function listVersions(backend: Backend, most: number): Promise<StateVersion[]> {
  const { objectKey } = backend.address;
  const versions = await collectVersions((after) => listPage(backend, after), objectKey, most);
  return versions ?? (await onlyObject(backend));
}

/** Collects them from the answers. Other objects whose keys begin like its own come behind it, and are not looked at. */
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
    // A store that gives the same place again would have us list for ever.
    after = next?.key === objectKey && next.versionId !== after?.versionId ? next : undefined;
  } while (after !== undefined && versions.length < most);
  return versions.slice(0, most);
}

function withoutKey({ key: _, ...version }: KeyedVersion): StateVersion {
  return version;
}

/** Begins the ids of snapshots. No store gives such ids to versions. */
const SNAPSHOT = 'snapshot:';

/**
 * All that there is of the state, the newest first: the versions of its object, and the snapshots that jobs kept. The object, or its last delete marker, comes
 * first. Without a `most` all of them. Errors: AwsError.
 */
export async function listHistory(backend: Backend, most = MOST_VERSIONS): Promise<StateVersion[]> {
  const [versions, snapshots] = await Promise.all([listVersions(backend, most), listSnapshots(backend)]);
  return mergeSnapshots(versions, snapshots.map(toSnapshotVersion)).slice(0, most);
}

function toSnapshotVersion({ serial, md5, time, size }: ListedSnapshot): StateVersion {
  return { kind: 'snapshot', versionId: `${SNAPSHOT}${serial}-${md5}`, isCurrent: false, time, size };
}

/** A snapshot was made of what was there before, and so comes behind a version of the same second. Pure. */
export function mergeSnapshots(
  [first, ...versions]: readonly StateVersion[],
  snapshots: readonly StateVersion[],
): StateVersion[] {
  const rest = mergeByTime(snapshots, versions, (version, snapshot) => toMs(version) >= toMs(snapshot));
  return first === undefined ? rest : [first, ...rest];
}

/** What is to be read for a version; without an id where the bucket keeps no versions. Pure. */
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

/** The MD5 that a snapshot's name says; undefined: it is none. Pure. */
export function snapshotMd5({ kind, versionId }: StateVersion): string | undefined {
  return kind === 'snapshot' ? parseSnapshotName(versionId.slice(SNAPSHOT.length))?.md5 : undefined;
}

async function listPage(
  { aws, address: { bucket, objectKey } }: Backend,
  after: VersionMarker | undefined,
): Promise<VersionsPage | undefined> {
  const command = new ListObjectVersionsCommand({
    Bucket: bucket,
    Prefix: objectKey,
    KeyMarker: after?.key,
    VersionIdMarker: after?.versionId,
    // A key may have characters that XML can't carry.
    EncodingType: 'url',
  });
  const call = { api: 's3:ListBucketVersions', resource: `s3://${bucket}/${objectKey}` };
  try {
    return toPage(await aws.call(call, (abortSignal) => aws.s3.send(command, { abortSignal })));
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'not_implemented') return undefined;
    throw error;
  }
}

function toPage(answer: ListObjectVersionsCommandOutput): VersionsPage {
  const { Versions = [], DeleteMarkers = [], NextKeyMarker, NextVersionIdMarker } = answer;
  const isEnd =
    answer.IsTruncated !== true || NextKeyMarker === undefined || NextVersionIdMarker === undefined;
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
 * Each list is in order; how they lie between each other is told by time only, to the second. Of one second the marker counts as newer: what is
 * deleted was written before.
 */
function merge(states: readonly KeyedVersion[], markers: readonly KeyedVersion[]): KeyedVersion[] {
  return mergeByTime(states, markers, isNewer);
}

/** Merges two lists that are in order each. `comesFirst`: whether one of `others` comes before one of `list`. */
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

/** As it is; a store that does not know the encoding does not name it in its answer. */
function decodeKey({ EncodingType }: ListObjectVersionsCommandOutput, key: string | undefined): string {
  const text = key ?? '';
  return EncodingType === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}

/** A version that was read, or why it can't be. */
export type ExaminedVersion =
  | { readonly kind: 'read'; readonly state: DownloadedState }
  | { readonly kind: 'gone' | 'archived' };

/** Reads a listed version, of which nothing goes to the disk. Errors: AwsError. */
export async function examineListed(backend: Backend, version: StateVersion): Promise<ExaminedVersion> {
  try {
    const state = await examineVersion(backend, toObjectVersion(backend.address, version));
    return state === undefined ? { kind: 'gone' } : { kind: 'read', state };
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'archived') return { kind: 'archived' };
    throw error;
  }
}
