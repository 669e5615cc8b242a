import type { SnapshotRequest } from '../backend/state/keep-snapshot.ts';
import { isKeptVersion } from '../backend/state/list-versions.ts';
import type { PulledFacts, Session } from './saved-state.ts';

/**
 * What a push of this job must keep first, and where its bytes may be stored temporarily; undefined when nothing must
 * be kept. Pure.
 */
export function describeSnapshot(
  { snapshot }: Pick<Session, 'snapshot'>,
  { state, etag, versionId }: PulledFacts,
  path: string,
): SnapshotRequest | undefined {
  if (state === undefined || etag === undefined || snapshot === 'never') return undefined;
  if (snapshot === 'auto' && isKeptVersion(versionId)) return undefined;
  const { serial, md5 } = state;
  return { serial, md5, etag, path };
}
