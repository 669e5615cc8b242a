import type { PlanRecord, RecordedChanges } from '../backend/records/plan-record.ts';
import type { StateScope } from '../backend/state-error.ts';
import type { OutputChanges } from '../statefile/output-changes.ts';
import { formatAgo } from '../time/duration.ts';
import { planUrl } from './explain-plan.ts';
import { brokenOutputLines } from './names-list.ts';
import { excerpt } from './plain.ts';

const SHOWN = 200;

/** One line about the plan that a job applies. `now` in ms since the epoch. Pure. */
export function describePlan(
  planId: string,
  { origin, createdAt, changes }: PlanRecord,
  now: number,
): string {
  const does = changes === undefined ? '' : `, ${countChanges(changes)}`;
  const from = `${excerpt(origin.actor, SHOWN)} in ${excerpt(origin.run, SHOWN)}`;
  return `Plan ${planId} fits the current state. It was made ${formatAgo(now - createdAt)} by ${from} from commit ${excerpt(origin.commit, SHOWN)}${does}.`;
}

/** What a plan does, in Terraform's own order: `2 to add, 1 to change, 0 to destroy`. A replacement counts as both. Pure. */
export function countChanges({ counts }: RecordedChanges): string {
  const added = counts.create + counts.replace;
  const destroyed = counts.delete + counts.replace;
  const forgotten = counts.forget === 0 ? '' : `, ${counts.forget} to forget`;
  return `${added} to add, ${counts.update} to change, ${destroyed} to destroy${forgotten}`;
}

/** The log's line for a plan that the job made. Pure. */
export function storedPlanLine(
  scope: StateScope,
  planId: string,
  size: number,
  changes: RecordedChanges | undefined,
): string {
  const does = changes === undefined ? '' : `: ${countChanges(changes)}`;
  return `Stored plan ${planId} (${size} bytes) at ${planUrl(scope, planId)}${does}.`;
}

/** The warning for a job that should have made a plan but did not. Pure. */
export function noPlanText(planId: string, path: string): string {
  return `The job made no plan at ${path}, so none was stored as ${planId}.`;
}

/** The warning when the page can't show what changed since the last plan; `why` is an error in words. Pure. */
export function noEarlierPlanText(why: string): string {
  return `The job's page does not say what changed since the last plan: the plans beside the state can't be listed. ${why}`;
}

/** The log's line when GitHub doesn't say whether a plan's code is up to date; `why` is an error in words. Pure. */
export function noCodeOfLastWriteText(commit: string, why: string): string {
  return `The job's page does not say whether the plan's code contains commit ${commit}, from which the state was last written. GitHub can't compare them. ${why}`;
}

/** The warning for a job that made a plan and changed the state itself. Pure. */
export function uselessPlanText(planId: string): string {
  return `Plan ${planId} can't be applied: this job also changed the state, and the plan is bound to the pulled state. Plan in a separate job.`;
}

/** The warning for an unusable `plan_json`. Pure. */
export function unusablePlanJsonText(path: string, detail: string): string {
  return `The plan's record does not list its changes, because plan_json (${path}) can't be used: ${detail}.`;
}

/** The warning for a plan that removes or retypes outputs; undefined when it does neither. Pure. */
export function brokenOutputsText(planId: string, { removed, retyped }: OutputChanges): string | undefined {
  if (removed.length + retyped.length === 0) return undefined;
  const lines = brokenOutputLines(removed, retyped);
  const fix =
    'Jobs and states that read these outputs will fail after the apply, or get values of the wrong type. Change those first.';
  return [`Plan ${planId} removes or retypes outputs.`, ...lines, fix].join('\n');
}

/** The log's line for a plan that was applied. Pure. */
export function deletedPlanLine(planId: string): string {
  return `Deleted plan ${planId}: it was applied. Its record stays until it expires.`;
}

/** The warning for an applied plan that could not be deleted; `why` is an error in words. Pure. */
export function notDeletedText(scope: StateScope, planId: string, why: string): string {
  return `Plan ${planId} was applied but could not be deleted. ${planUrl(scope, planId)} stays, but nobody can apply it again. ${why}`;
}

/** The warning for an expired plan that could not be deleted; `why` is an error in words. Pure. */
export function expiredPlanStaysText(planId: string, why: string): string {
  return `Plan ${planId} has expired but could not be deleted. ${why}`;
}
