import type { Backend } from '../../backend/settings.ts';
import { pruneSnapshots } from '../../backend/state/list-snapshots.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { KeptSnapshot, Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { noSnapshotText, snapshotLine, snapshotsStayText } from '../../messages/snapshot-text.ts';

/**
 * Reports the snapshot that was kept before the job's first push, and deletes old ones while the lock is still held.
 * Throws nothing, because the lock must still be released. Returns the StateError `snapshot_failed` when the job asked
 * for a snapshot and has none, or nothing.
 */
export async function endSnapshot(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  { snapshot: asked }: Session,
  kept: KeptSnapshot | undefined,
): Promise<StateError[]> {
  const { runner, clock, signal } = deps;
  if (kept === undefined) return [];
  const { key, problem } = kept;
  if (problem !== undefined) {
    if (asked === 'always')
      return [new StateError({ reason: 'snapshot_failed', key, why: problem }, backend)];
    runner.warning(noSnapshotText(backend, key, problem));
    return [];
  }
  runner.info(snapshotLine(backend, key));
  try {
    signal.throwIfAborted();
    await pruneSnapshots(backend);
  } catch (error) {
    runner.warning(snapshotsStayText(backend, explain(error, clock.now())));
  }
  return [];
}
