import type { PlanRecord, RecordedChanges } from '../backend/plan-vault/plan-record.ts';
import { formatDuration } from '../time/duration.ts';
import { excerpt } from './plain.ts';

const SHOWN = 200;

/** One line on the plan that a job applies. `now` in ms since the epoch. Pure. */
export function describePlan(
  planId: string,
  { origin, createdAt, changes }: PlanRecord,
  now: number,
): string {
  const does = changes === undefined ? '' : `, ${countChanges(changes)}`;
  const from = `${excerpt(origin.actor, SHOWN)} in ${excerpt(origin.run, SHOWN)}`;
  return `Plan ${planId} is of this state as it is now, made ${formatDuration(now - createdAt)} ago by ${from} from commit ${excerpt(origin.commit, SHOWN)}${does}.`;
}

/** What a plan does, in Terraform's own order: `2 to add, 1 to change, 0 to destroy`. A replacement counts as both. Pure. */
export function countChanges({ counts }: RecordedChanges): string {
  const added = counts.create + counts.replace;
  const destroyed = counts.delete + counts.replace;
  const forgotten = counts.forget === 0 ? '' : `, ${counts.forget} to forget`;
  return `${added} to add, ${counts.update} to change, ${destroyed} to destroy${forgotten}`;
}
