import type { Backend } from '../../backend/settings.ts';
import {
  examineListed,
  listHistory,
  NO_VERSION_ID,
  type StateVersion,
  snapshotMd5,
} from '../../backend/state/list-versions.ts';
import {
  explainNotFound,
  explainNotVersioned,
  explainNoVersionBefore,
  explainNoVersions,
} from '../../messages/history-text.ts';
import { HistoryRefused } from './refusal.ts';

/** How a version is specified. */
export type VersionReference =
  | { readonly kind: 'version'; readonly versionId: string }
  | { readonly kind: 'serial'; readonly serial: bigint }
  /** The number of states before the current one. If the current one was deleted, 1 means the newest. */
  | { readonly kind: 'steps_back'; readonly steps: number };

/** The most states that are read in the search for a serial. */
const MOST_READ = 200;

/** All versions and snapshots, at least one. Errors: HistoryRefused; AwsError. */
export async function requireVersions(backend: Backend): Promise<[StateVersion, ...StateVersion[]]> {
  const [first, ...others] = await listHistory(backend);
  if (first === undefined) throw new HistoryRefused('no_versions', explainNoVersions(backend));
  return [first, ...others];
}

/** Finds a version among all. Errors: HistoryRefused; AwsError of the reads for a serial. */
export async function findVersion(
  backend: Backend,
  versions: readonly StateVersion[],
  reference: VersionReference,
): Promise<StateVersion> {
  const found = await search(backend, versions, reference);
  if (found !== undefined) return found;
  throw notFound(backend, versions, explainNotFound(backend, describeReference(reference)));
}

/** The version that another one replaced. Errors: HistoryRefused; AwsError of the reads for snapshots. */
export async function findVersionBefore(
  backend: Backend,
  versions: readonly StateVersion[],
  { versionId }: StateVersion,
): Promise<StateVersion> {
  const from = versions.slice(versions.findIndex((version) => version.versionId === versionId));
  const [, before] = await skipCopies(backend, from, 2);
  if (before !== undefined) return before;
  throw notFound(backend, versions, explainNoVersionBefore(backend, versionId));
}

/** Whether the bucket keeps no versions, as far as those of the object show. Pure. */
export function isUnversioned(versions: readonly StateVersion[]): boolean {
  const [first, ...others] = versions.filter(({ kind }) => kind !== 'snapshot');
  return others.length === 0 && first?.versionId === NO_VERSION_ID;
}

function notFound(backend: Backend, versions: readonly StateVersion[], message: string): HistoryRefused {
  return versions.length === 1 && isUnversioned(versions)
    ? new HistoryRefused('not_versioned', explainNotVersioned(backend))
    : new HistoryRefused('version_not_found', message);
}

async function search(
  backend: Backend,
  versions: readonly StateVersion[],
  reference: VersionReference,
): Promise<StateVersion | undefined> {
  if (reference.kind === 'version')
    return versions.find(({ versionId }) => versionId === reference.versionId);
  const states = versions.filter(({ kind }) => kind !== 'delete_marker');
  if (reference.kind === 'serial') return await searchSerial(backend, states, reference.serial);
  const back = isDeleted(versions) ? reference.steps - 1 : reference.steps;
  return (await skipCopies(backend, states, back + 1))[back];
}

/** Whether the state's object does not exist now. Pure. */
export function isDeleted([first]: readonly StateVersion[]): boolean {
  return first?.kind !== 'state';
}

/**
 * The first `count` of these versions, without those with the same bytes as a newer one. Only a snapshot can be such a
 * copy. Its name contains its MD5, and its neighbours are read for theirs. Errors: AwsError of the reads.
 */
async function skipCopies(
  backend: Backend,
  versions: readonly StateVersion[],
  count: number,
): Promise<StateVersion[]> {
  if (versions.every(({ kind }) => kind !== 'snapshot')) return versions.slice(0, count);
  const seen = new Set<string>();
  const distinct: StateVersion[] = [];
  for (const version of versions.slice(0, MOST_READ)) {
    const md5 = snapshotMd5(version) ?? (await readMd5(backend, version));
    if (md5 === undefined || !seen.has(md5)) distinct.push(version);
    if (md5 !== undefined) seen.add(md5);
    if (distinct.length === count) break;
  }
  return distinct;
}

/** Undefined for a delete marker, and for an unreadable version: neither is a copy of anything. */
async function readMd5(backend: Backend, version: StateVersion): Promise<string | undefined> {
  if (version.kind === 'delete_marker') return undefined;
  const read = await examineListed(backend, version);
  return read.kind === 'read' ? read.state.facts.md5 : undefined;
}

/** The newest version with this serial. */
async function searchSerial(
  backend: Backend,
  states: readonly StateVersion[],
  serial: bigint,
): Promise<StateVersion | undefined> {
  for (const version of states.slice(0, MOST_READ)) {
    const read = await examineListed(backend, version);
    if (read.kind === 'read' && read.state.facts.inspection.header.serial === serial) return version;
  }
  return undefined;
}

function describeReference(reference: VersionReference): string {
  switch (reference.kind) {
    case 'version':
      return `with the id ${reference.versionId}`;
    case 'serial':
      return `with serial ${reference.serial} among the newest ${MOST_READ}`;
    case 'steps_back':
      return `${reference.steps} steps back`;
  }
}
