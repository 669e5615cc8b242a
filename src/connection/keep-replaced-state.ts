import type { Backend } from '../backend/settings.ts';
import { keepSnapshot, type SnapshotOutcome, type SnapshotRequest } from '../backend/state/keep-snapshot.ts';
import { isKeptVersion } from '../backend/state/list-versions.ts';
import type { DownloadedState } from '../backend/state/state-object.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { replacedStateLine } from '../messages/snapshot-text.ts';

/**
 * What to keep of a state before a step replaces or deletes it, and where its bytes may be stored temporarily; undefined when the
 * bucket keeps it as a version. Pure.
 */
export function describeReplacedState(
  { facts: { md5 }, etag, versionId }: DownloadedState,
  serial: bigint,
  path: string,
): SnapshotRequest | undefined {
  return etag === undefined || isKeptVersion(versionId) ? undefined : { serial, md5, etag, path };
}

/**
 * Keeps a state as a snapshot, and says so in the log. A state that can't be kept must be neither replaced nor deleted. Returns
 * `moved` when the object has changed meanwhile. Errors: those of the snapshot.
 */
export async function keepReplacedState(
  { runner }: Pick<Dependencies, 'runner'>,
  backend: Backend,
  request: SnapshotRequest,
): Promise<Exclude<SnapshotOutcome['kind'], 'failed'>> {
  const outcome = await keepSnapshot(backend, request);
  if (outcome.kind === 'failed') throw outcome.error;
  if (outcome.kind === 'kept') runner.info(replacedStateLine(backend, outcome.key));
  return outcome.kind;
}
