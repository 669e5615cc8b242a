import type { Backend } from '../../backend/settings.ts';
import { examineListed, type StateVersion } from '../../backend/state/list-versions.ts';
import { explainNotComparable } from '../../messages/history-text.ts';
import { compareResources, type ResourceChanges } from '../../statefile/compare-resources.ts';
import type { ResourceIndex } from '../../statefile/resource-index.ts';
import { findVersion, findVersionBefore, requireVersions, type VersionReference } from './find-version.ts';
import { HistoryRefused } from './refusal.ts';

/** The two ends of a comparison; undefined for the version before `to`, and for the current one. */
export interface DiffEnds {
  readonly from: VersionReference | undefined;
  readonly to: VersionReference | undefined;
}

/** One end as it was found. */
export interface ComparedVersion {
  readonly version: StateVersion;
  /** Undefined for a delete marker. */
  readonly serial: bigint | undefined;
}

/** What changed between two versions. */
export interface VersionDiff {
  readonly from: ComparedVersion;
  readonly to: ComparedVersion;
  readonly changes: ResourceChanges;
}

/** Compares the managed resources of two versions. A delete marker has none. Errors: HistoryRefused; AwsError. */
export async function diffVersions(backend: Backend, ends: DiffEnds): Promise<VersionDiff> {
  const versions = await requireVersions(backend);
  const to = ends.to === undefined ? versions[0] : await findVersion(backend, versions, ends.to);
  const from =
    ends.from === undefined
      ? await findVersionBefore(backend, versions, to)
      : await findVersion(backend, versions, ends.from);
  const before = await readResources(backend, from);
  const after = await readResources(backend, to);
  const changes = compareResources(before.resources, after.resources);
  if (changes === undefined) throw new Error('the resources of both versions are known');
  return {
    from: { version: from, serial: before.serial },
    to: { version: to, serial: after.serial },
    changes,
  };
}

interface Resources {
  readonly serial: bigint | undefined;
  readonly resources: ResourceIndex;
}

async function readResources(backend: Backend, version: StateVersion): Promise<Resources> {
  if (version.kind === 'delete_marker') return { serial: undefined, resources: new Map() };
  const refuse = (why: string) =>
    new HistoryRefused('not_comparable', explainNotComparable(backend, version.versionId, why));
  const read = await examineListed(backend, version);
  if (read.kind !== 'read') throw refuse(read.kind === 'gone' ? 'it no longer exists' : 'it is archived');
  const { inspection } = read.state.facts;
  if (inspection.kind === 'invalid') throw refuse(inspection.detail);
  const { resources, header } = inspection;
  if (resources !== undefined) return { serial: header.serial, resources };
  throw refuse('OpenTofu encrypted it, or it has more resources than can be listed');
}
