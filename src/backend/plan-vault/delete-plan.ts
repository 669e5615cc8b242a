import { deleteObject } from '../objects/delete-object.ts';
import type { Backend } from '../settings.ts';
import { listPlanIds } from './list-plans.ts';
import { planKey, planRecordKey } from './plan-id.ts';

/** The number of plans deleted in parallel. */
const AT_ONCE = 20;

/**
 * Deletes a plan that was applied. Its record stays, to say so to whoever asks for the plan again. Errors: AwsError.
 */
export async function deleteAppliedPlan(backend: Backend, planId: string): Promise<void> {
  await deleteObject(backend, planKey(backend.address, planId));
}

/**
 * Deletes a plan and its record. The record goes first, because a record must not exist without its plan. Errors:
 * AwsError.
 */
export async function deletePlan(backend: Backend, planId: string): Promise<void> {
  await deleteObject(backend, planRecordKey(backend.address, planId));
  await deleteObject(backend, planKey(backend.address, planId));
}

/**
 * Deletes all plans of a state and their records, but no other object in their folder. Returns how many plans. Errors:
 * AwsError.
 */
export async function deleteAllPlans(backend: Backend): Promise<number> {
  const planIds = await listPlanIds(backend);
  for (let from = 0; from < planIds.length; from += AT_ONCE) {
    const some = planIds.slice(from, from + AT_ONCE);
    await Promise.all(some.map((planId) => deletePlan(backend, planId)));
  }
  return planIds.length;
}
