import type { SnapshotOutcome } from '../backend/state/keep-snapshot.ts';
import type { KeptSnapshot } from '../job-state/saved-state.ts';
import { explain } from './explain.ts';

/** What is remembered of a snapshot, with why there is none in words; undefined: there was nothing to keep. `now` in ms since the epoch. Pure. */
export function rememberSnapshot(
  outcome: SnapshotOutcome | undefined,
  now: number,
): KeptSnapshot | undefined {
  if (outcome === undefined || outcome.kind === 'moved') return undefined;
  const problem = outcome.kind === 'failed' ? explain(outcome.error, now) : undefined;
  return { key: outcome.key, problem };
}
