import { parseJson } from './json-text.ts';
/**
 * The address of each managed resource instance -> a short hash of the resource's content, independent of its JSON
 * layout.
 */
export type ResourceIndex = ReadonlyMap<string, string>;

const HASH = /^[\w-]{16}$/;

/** The index, undefined when unknown, as JSON text for a private file: it contains addresses, and hashes of values. */
export function serializeResourceIndex(index: ResourceIndex | undefined): string {
  return JSON.stringify(index === undefined ? null : [...index]);
}

/**
 * The index that `serializeResourceIndex` wrote; undefined for anything else, so a damaged file costs only the summary.
 */
export function parseResourceIndex(text: string): ResourceIndex | undefined {
  const entries = parseJson(text);
  if (!Array.isArray(entries)) return undefined;
  const index = new Map<string, string>();
  for (const entry of entries) {
    if (!isEntry(entry)) return undefined;
    index.set(entry[0], entry[1]);
  }
  return index;
}

function isEntry(value: unknown): value is [string, string] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [address, hash]: unknown[] = value;
  return typeof address === 'string' && address !== '' && typeof hash === 'string' && HASH.test(hash);
}
