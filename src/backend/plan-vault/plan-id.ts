import { plansFolder, type StateAddress } from '../address.ts';

/**
 * Each number has no more digits than GitHub will ever need, and there is no dot. A plan's key is therefore never the
 * key of another plan's record.
 */
const PLAN_ID = /^\d{1,20}-\d{1,6}(?:-[A-Za-z0-9_-]{1,64})?$/;
/** The same, with `latest` for the attempt. It is never a plan id, so no object has this name. */
const LATEST_PLAN = /^(\d{1,20})-latest(?:-([A-Za-z0-9_-]{1,64}))?$/;
const PLAN_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether a text is a valid plan id. Pure. */
export function isPlanId(text: string): boolean {
  return PLAN_ID.test(text);
}

/** The newest plan of a run: the one of its highest attempt that stored one. */
export interface LatestPlan {
  readonly runId: string;
  readonly name: string | undefined;
}

/** Reads `<run id>-latest[-<name>]`. Undefined for any other text. Pure. */
export function parseLatestPlan(text: string): LatestPlan | undefined {
  const [, runId, name] = LATEST_PLAN.exec(text) ?? [];
  return runId === undefined ? undefined : { runId, name };
}

/** Whether a text names a plan: by its id, or as the newest of a run. Pure. */
export function isPlanReference(text: string): boolean {
  return isPlanId(text) || parseLatestPlan(text) !== undefined;
}

/** The attempt that made a plan, if the plan is of this run and has this name; undefined otherwise. Pure. */
export function findAttempt(planId: string, { runId, name }: LatestPlan): number | undefined {
  const attempt = planId.split('-')[1] ?? '';
  return planId === makePlanId(runId, attempt, name) ? Number(attempt) : undefined;
}

/** Whether a text can be the part of a plan id that distinguishes the plans of one run. Pure. */
export function isPlanName(text: string): boolean {
  return PLAN_NAME.test(text);
}

/** The id of the plan that an attempt of a run makes. It is known before the plan exists. Pure. */
export function makePlanId(runId: string, runAttempt: string, name: string | undefined): string {
  return [runId, runAttempt, ...(name === undefined ? [] : [name])].join('-');
}

/** The key of the object with the plan itself. Pure. */
export function planKey(address: StateAddress, planId: string): string {
  return `${plansFolder(address)}${planId}`;
}

/** The key of the object with the plan's record. Pure. */
export function planRecordKey(address: StateAddress, planId: string): string {
  return `${planKey(address, planId)}.json`;
}
