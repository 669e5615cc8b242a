import { compareTexts } from '../../text/compare-texts.ts';
import type { StateAddress } from '../address.ts';
import type { KeyedVersion, ListVersionsAfter, VersionMarker, VersionsPage } from '../state/list-versions.ts';
import { type LockFileTrail, traceLockFile } from './lock-file-trail.ts';

/** The keys whose versions show how a state is locked. */
export type TrailKeys = Pick<StateAddress, 'objectKey' | 'lockFileKey'>;

/** A page that brings fewer states is no better than single requests, of which several run at once. */
const LEAST_PER_PAGE = 8;
/** The versions of one key that are read; those of a single request. */
const ENOUGH = 1_000;

/**
 * Keys with these UTF-16 units, which begin at the surrogates. S3 sorts by the bytes of UTF-8, and only with these do
 * JavaScript's comparisons differ from that.
 */
const SORTS_OTHERWISE = /[\ud800-\uffff]/;

/**
 * Reads the versions of many states and of their lock files from one list of the bucket, page by page, and skips what lies
 * between them. Returns the trails of those that are whole, by object key. Stops early where there are so many versions that
 * single requests are better, and returns nothing from a store that lists no versions or lists them in another order.
 * Errors: those of `list`.
 */
export async function readTrailsInBulk(
  list: ListVersionsAfter,
  states: readonly TrailKeys[],
  leastPerPage = LEAST_PER_PAGE,
): Promise<ReadonlyMap<string, LockFileTrail>> {
  const sortable = states.filter(({ objectKey }) => !SORTS_OTHERWISE.test(objectKey));
  const wanted = sortable
    .flatMap(({ objectKey, lockFileKey }) => [objectKey, lockFileKey])
    .sort(compareTexts);
  const found = new Map(wanted.map((key): [string, FoundVersions] => [key, { versions: [], markers: [] }]));
  let position: Position = { complete: 0, after: positionBefore(wanted[0]) };
  for (let pages = 1; position.complete < wanted.length; pages += 1) {
    const page = await list(position.after);
    if (page === undefined || !keepVersions(found, page, wanted[position.complete])) return new Map();
    position = advance(position.complete, wanted, found, page.next);
    if (selectWhole(sortable, wanted, found, position).length < pages * leastPerPage) break;
  }
  const whole = selectWhole(sortable, wanted, found, position);
  return new Map(whole.map((keys) => [keys.objectKey, trace(found, keys)]));
}

interface FoundVersions {
  readonly versions: KeyedVersion[];
  readonly markers: KeyedVersion[];
}

/** Where the list continues, and how many of the wanted keys are whole. */
interface Position {
  readonly complete: number;
  readonly after: VersionMarker | undefined;
}

/** False when the page has versions of a key that should be whole already: it comes before `first`. */
function keepVersions(
  found: ReadonlyMap<string, FoundVersions>,
  { states, markers }: VersionsPage,
  first: string | undefined,
): boolean {
  for (const version of [...states, ...markers]) {
    const ours = found.get(version.key);
    if (ours === undefined) continue;
    if (first !== undefined && version.key < first) return false;
    (version.kind === 'state' ? ours.versions : ours.markers).push(version);
  }
  return true;
}

/** All keys before the one at which the page ends are whole. That one may have more versions. */
function advance(
  complete: number,
  wanted: readonly string[],
  found: ReadonlyMap<string, FoundVersions>,
  next: VersionMarker | undefined,
): Position {
  if (next === undefined) return { complete: wanted.length, after: undefined };
  let whole = complete;
  while (isBefore(wanted[whole], next.key)) whole += 1;
  if (wanted[whole] === next.key) {
    const { versions = [], markers = [] } = found.get(next.key) ?? {};
    if (versions.length + markers.length < ENOUGH) return { complete: whole, after: next };
    whole += 1;
  }
  const skipped = positionBefore(wanted[whole]);
  const isFurther = skipped !== undefined && skipped.key > next.key;
  return { complete: whole, after: isFurther ? skipped : { key: next.key, versionId: undefined } };
}

function isBefore(key: string | undefined, other: string): boolean {
  return key !== undefined && key < other;
}

/** A position from which the list goes on at a key, or at few keys before it. */
function positionBefore(key = ''): VersionMarker | undefined {
  return key.length < 2 ? undefined : { key: key.slice(0, -1), versionId: undefined };
}

/**
 * The states whose versions were all read. A lock file's key comes after that of its state. The newest version is one of
 * them, unless a store understands a position differently and left it out.
 */
function selectWhole(
  states: readonly TrailKeys[],
  wanted: readonly string[],
  found: ReadonlyMap<string, FoundVersions>,
  { complete }: Position,
): readonly TrailKeys[] {
  const first = wanted[complete];
  return states.filter(({ objectKey, lockFileKey }) => {
    const isRead = first === undefined || lockFileKey < first;
    return isRead && hasNewest(found.get(objectKey), false) && hasNewest(found.get(lockFileKey), true);
  });
}

function hasNewest(versions: FoundVersions | undefined, mayBeNone: boolean): boolean {
  const all = [...(versions?.versions ?? []), ...(versions?.markers ?? [])];
  return all.some(({ isCurrent }) => isCurrent) || (mayBeNone && all.length === 0);
}

function trace(
  found: ReadonlyMap<string, FoundVersions>,
  { objectKey, lockFileKey }: TrailKeys,
): LockFileTrail {
  const none: FoundVersions = { versions: [], markers: [] };
  return traceLockFile(found.get(objectKey) ?? none, found.get(lockFileKey) ?? none);
}
