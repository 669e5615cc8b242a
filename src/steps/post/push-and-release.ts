import type { Dependencies } from '../../job-state/dependencies.ts';
import { readSavedState, type SavedState } from '../../job-state/saved-state.ts';
import { readStateNames } from '../../job-state/several-states.ts';
import { endHold } from './end-hold.ts';
import { pushAndReleaseStates } from './push-and-release-states.ts';
import { reportRelease } from './report-release.ts';

/** Work that belongs to other steps. The entry passes it in, because steps don't import each other. */
export interface OtherSteps {
  /** What post does after `lock: guard`. */
  freeOrphanedLock(deps: Dependencies, saved: SavedState): Promise<void>;
}

/**
 * The post step: pushes the state if the job changed it, and always releases the lock if it is ours. Reads no inputs,
 * gets its own credentials, and may run twice. Throws what fails the step.
 */
export async function pushAndRelease(deps: Dependencies, { freeOrphanedLock }: OtherSteps): Promise<void> {
  const names = readStateNames(deps.env);
  if (names !== undefined) return await pushAndReleaseStates(deps, names);
  const saved = readSavedState(deps.env);
  if (saved?.session.mode === 'guard') return await freeOrphanedLock(deps, saved);
  const failures = await endHold(deps, saved, (report) => reportRelease(deps, report));
  if (failures.length === 0) return;
  throw new AggregateError(failures, 'the state was not pushed or its lock not released');
}
