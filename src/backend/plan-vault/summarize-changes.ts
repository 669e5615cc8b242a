import type { PlannedAction, PlannedChange } from '../../statefile/plan-changes.ts';
import {
  MOST_CHANGES,
  MOST_CHANGES_TEXT,
  PLANNED_ACTIONS,
  type RecordedChanges,
} from '../records/plan-record.ts';

/** What a record keeps about a plan's changes: all counts, and as much of the list as fits, deletions first. Pure. */
export function summarizeChanges(all: readonly PlannedChange[]): RecordedChanges {
  const byAction = new Map(
    PLANNED_ACTIONS.map((action) => [action, all.filter((change) => change.action === action)]),
  );
  const count = (action: PlannedAction): number => byAction.get(action)?.length ?? 0;
  const changing = PLANNED_ACTIONS.filter((action) => action !== 'no-op').flatMap(
    (action) => byAction.get(action) ?? [],
  );
  let room = MOST_CHANGES_TEXT;
  const fitting = changing.slice(0, MOST_CHANGES).filter(({ address, module, deposed = '' }) => {
    room -= address.length + module.length + deposed.length;
    return room >= 0;
  });
  return {
    counts: {
      delete: count('delete'),
      replace: count('replace'),
      forget: count('forget'),
      update: count('update'),
      create: count('create'),
      read: count('read'),
      'no-op': count('no-op'),
    },
    changes: fitting,
    isComplete: fitting.length === changing.length,
  };
}
