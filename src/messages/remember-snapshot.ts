import type { SnapshotOutcome } from '../backend/state/keep-snapshot.ts';
import type { KeptSnapshot } from '../job-state/saved-state.ts';
import { explain } from './explain.ts';

/** What is remembered about a snapshot. `problem` says in words why there is none. Undefined when there was nothing to keep. `now` in ms since the epoch. Pure. */
export function rememberSnapshot(
  outcome: SnapshotOutcome | undefined,
  now: number,
): KeptSnapshot | undefined {
  if (outcome === undefined || outcome.kind === 'moved') return undefined;
  const problem = outcome.kind === 'failed' ? explain(outcome.error, now) : undefined;
  return { key: outcome.key, problem };
}
