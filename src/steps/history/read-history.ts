import type { Backend } from '../../backend/settings.ts';
import { examineListed, listHistory, type StateVersion } from '../../backend/state/list-versions.ts';
import type { HistoryEntry } from '../../messages/history-text.ts';
import { compareResources } from '../../statefile/compare-resources.ts';
import type { ResourceIndex } from '../../statefile/resource-index.ts';
import { isUnversioned } from './find-version.ts';

/** The versions, the newest first. */
export interface History {
  readonly entries: readonly HistoryEntry[];
  /** Whether there are older ones. */
  readonly hasMore: boolean;
  readonly isVersioned: boolean;
}

/** An entry as far as its own bytes show, and its resources; undefined when unknown. */
interface ReadEntry {
  readonly entry: Omit<HistoryEntry, 'changes'>;
  readonly resources: ResourceIndex | undefined;
}

const NO_RESOURCES: ResourceIndex = new Map();

/**
 * Reads the newest versions, each once, and the one before them. At most two lists of resources are in memory. Errors:
 * AwsError.
 */
export async function readHistory(backend: Backend, limit: number): Promise<History> {
  const versions = await listHistory(backend, limit + 1);
  const entries: HistoryEntry[] = [];
  let newer: ReadEntry | undefined;
  for (const version of versions) {
    const read = await readEntry(backend, version);
    if (newer !== undefined) entries.push({ ...newer.entry, changes: countChanges(read, newer) });
    newer = read;
  }
  // What the oldest one changed is unknown, because versions before it may have been removed.
  if (newer !== undefined && entries.length < limit) entries.push({ ...newer.entry, changes: undefined });
  return {
    entries,
    hasMore: versions.length > limit,
    isVersioned: versions.length === 0 || !isUnversioned(versions),
  };
}

function countChanges(before: ReadEntry, after: ReadEntry): number | undefined {
  const changes = compareResources(before.resources, after.resources);
  return changes && changes.added.length + changes.changed.length + changes.removed.length;
}

async function readEntry(backend: Backend, version: StateVersion): Promise<ReadEntry> {
  const unknown = { version, serial: undefined, provenance: undefined, problem: undefined };
  if (version.kind === 'delete_marker') return { entry: unknown, resources: NO_RESOURCES };
  const read = await examineListed(backend, version);
  if (read.kind !== 'read') {
    const problem = read.kind === 'gone' ? 'it no longer exists' : 'it is archived';
    return { entry: { ...unknown, problem }, resources: undefined };
  }
  const { facts, provenance, lastModified } = read.state;
  const { inspection, size } = facts;
  const { serial } = inspection.header;
  const { time = lastModified } = version;
  const entry = { version: { ...version, size, time }, serial, provenance };
  if (inspection.kind === 'invalid') {
    return { entry: { ...entry, problem: inspection.detail }, resources: undefined };
  }
  return { entry: { ...entry, problem: undefined }, resources: inspection.resources };
}
