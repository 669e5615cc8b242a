import type { Backend } from '../settings.ts';
import {
  type KeyedVersion,
  listVersionsPage,
  NO_VERSION_ID,
  type VersionsPage,
} from '../state/list-versions.ts';

/** A write of the state object of which the bucket still has the version. In ms since the epoch. */
export interface StateWriteTime {
  readonly at: number;
  /** Whether the bucket kept versions at that time, the lock file's included. */
  readonly isVersioned: boolean;
}

/** When a lock file existed, in ms since the epoch. `until` is undefined for one that still exists. */
export interface LockFileSpan {
  readonly from: number;
  readonly until: number | undefined;
}

/**
 * What the bucket's versions show about the writes of a state and about its lock file. All lists begin with the newest.
 */
export interface LockFileTrail {
  readonly writes: readonly StateWriteTime[];
  readonly spans: readonly LockFileSpan[];
}

/** Whether a lock file existed at a time, in ms since the epoch. Pure. */
export function wasLockFileThere({ spans }: Pick<LockFileTrail, 'spans'>, at: number): boolean {
  return spans.some(({ from, until = Number.POSITIVE_INFINITY }) => from <= at && at <= until);
}

/**
 * Reads the newest versions of a state and of its lock file, at most a thousand, with one or two requests. Undefined: the
 * store can't list versions. Errors: AwsError.
 */
export async function readLockFileTrail(backend: Backend): Promise<LockFileTrail | undefined> {
  const { objectKey, lockFileKey } = backend.address;
  const page = await listVersionsPage(backend, objectKey, undefined);
  if (page === undefined) return undefined;
  const isWhole = page.next === undefined || page.next.key > lockFileKey;
  const filePage = isWhole ? page : await listVersionsPage(backend, lockFileKey, undefined);
  if (filePage === undefined) return undefined;
  return traceLockFile(selectKey(page, objectKey), selectKey(filePage, lockFileKey));
}

interface KeyVersions {
  readonly versions: readonly KeyedVersion[];
  readonly markers: readonly KeyedVersion[];
}

function selectKey({ states, markers }: VersionsPage, key: string): KeyVersions {
  return {
    versions: states.filter((one) => one.key === key),
    markers: markers.filter((one) => one.key === key),
  };
}

/** Derives the trail from the versions of a state and of its lock file. Pure. */
export function traceLockFile(state: KeyVersions, file: KeyVersions): LockFileTrail {
  const writes = state.versions.flatMap(({ time, versionId }) =>
    time === undefined ? [] : [{ at: time.getTime(), isVersioned: versionId !== NO_VERSION_ID }],
  );
  const isLocked = file.versions.some(({ isCurrent }) => isCurrent);
  return {
    writes: writes.sort((one, other) => other.at - one.at),
    spans: findSpans(file.versions.map(toMs), file.markers.map(toMs), isLocked),
  };
}

/**
 * A deleted lock file existed until its delete marker, and a replaced one until its next version. S3's times have whole
 * seconds, so puts and deletes of the same second are taken to alternate.
 */
function findSpans(puts: readonly number[], deletes: readonly number[], isLocked: boolean): LockFileSpan[] {
  const putTimes = puts.toSorted((one, other) => one - other);
  const deleteTimes = deletes.toSorted((one, other) => one - other);
  const spans: LockFileSpan[] = [];
  let open: number | undefined;
  while (putTimes.length + deleteTimes.length > 0) {
    const put = putTimes[0] ?? Number.POSITIVE_INFINITY;
    const end = deleteTimes[0] ?? Number.POSITIVE_INFINITY;
    const isDeleteNext = end < put || (end === put && open !== undefined);
    if (isDeleteNext) deleteTimes.shift();
    else putTimes.shift();
    if (open !== undefined) spans.push({ from: open, until: isDeleteNext ? end : put });
    open = isDeleteNext ? undefined : put;
  }
  if (open !== undefined) spans.push({ from: open, until: isLocked ? undefined : open });
  return spans.reverse();
}

function toMs({ time }: KeyedVersion): number {
  return time?.getTime() ?? 0;
}
