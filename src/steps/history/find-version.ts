import type { Backend } from '../../backend/settings.ts';
import {
  examineListed,
  listVersions,
  MOST_VERSIONS,
  NO_VERSION_ID,
  type StateVersion,
} from '../../backend/state/list-versions.ts';
import {
  explainNotFound,
  explainNotVersioned,
  explainNoVersionBefore,
  explainNoVersions,
} from '../../messages/history-text.ts';
import { HistoryRefused } from './refusal.ts';

/** Which version is meant. */
export type VersionReference =
  | { readonly kind: 'version'; readonly versionId: string }
  | { readonly kind: 'serial'; readonly serial: bigint }
  /** So many states before the current one; with 1 the newest one where the current one was deleted. */
  | { readonly kind: 'steps_back'; readonly steps: number };

/** States that are read at most in the search for a serial. */
const MOST_READ = 200;

/** All versions, of which there is one at least. Errors: HistoryRefused; AwsError. */
export async function requireVersions(backend: Backend): Promise<[StateVersion, ...StateVersion[]]> {
  const [first, ...others] = await listVersions(backend, MOST_VERSIONS);
  if (first === undefined) throw new HistoryRefused('no_versions', explainNoVersions(backend));
  return [first, ...others];
}

/** Finds a version among all. Errors: HistoryRefused; AwsError of the reads that a serial takes. */
export async function findVersion(
  backend: Backend,
  versions: readonly StateVersion[],
  reference: VersionReference,
): Promise<StateVersion> {
  const found = await search(backend, versions, reference);
  if (found !== undefined) return found;
  throw notFound(backend, versions, explainNotFound(backend, describeReference(reference)));
}

/** The version that another one took the place of. Errors: HistoryRefused. */
export function findVersionBefore(
  backend: Backend,
  versions: readonly StateVersion[],
  { versionId }: StateVersion,
): StateVersion {
  const before = versions[versions.findIndex((version) => version.versionId === versionId) + 1];
  if (before !== undefined) return before;
  throw notFound(backend, versions, explainNoVersionBefore(backend, versionId));
}

/** Whether the bucket keeps no versions, as far as they tell. Pure. */
export function isUnversioned([first, ...others]: readonly StateVersion[]): boolean {
  return others.length === 0 && first?.versionId === NO_VERSION_ID;
}

function notFound(backend: Backend, versions: readonly StateVersion[], message: string): HistoryRefused {
  return isUnversioned(versions)
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
  const states = versions.filter(({ kind }) => kind === 'state');
  if (reference.kind === 'serial') return await searchSerial(backend, states, reference.serial);
  const isDeleted = versions[0]?.kind === 'delete_marker';
  return states[isDeleted ? reference.steps - 1 : reference.steps];
}

/** The newest with this serial. */
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
