import { plansFolder, type StateAddress } from '../address.ts';

/** Of each part no more digits than GitHub will ever need, and no dot: a plan's key then never is that of another plan's record. */
const PLAN_ID = /^\d{1,20}-\d{1,6}(?:-[A-Za-z0-9_-]{1,64})?$/;
const PLAN_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether a text can name a plan in a vault. Pure. */
export function isPlanId(text: string): boolean {
  return PLAN_ID.test(text);
}

/** Whether a text can be the part of a plan's id that tells the plans of one run from each other. Pure. */
export function isPlanName(text: string): boolean {
  return PLAN_NAME.test(text);
}

/** The id of the plan that an attempt of a run makes: it is known before there is a plan. Pure. */
export function makePlanId(runId: string, runAttempt: string, name: string | undefined): string {
  return [runId, runAttempt, ...(name === undefined ? [] : [name])].join('-');
}

/** Key of the object with the plan itself. Pure. */
export function planKey(address: StateAddress, planId: string): string {
  return `${plansFolder(address)}${planId}`;
}

/** Key of the object that says what the plan is. Pure. */
export function planRecordKey(address: StateAddress, planId: string): string {
  return `${planKey(address, planId)}.json`;
}
