import type { PlanOrigin, PlanRecord } from '../records/plan-record.ts';
import type { Backend } from '../settings.ts';
import { listPlans } from './list-plans.ts';
import { readPlanRecord } from './read-plan-record.ts';

/** An earlier plan. */
export interface EarlierPlan {
  readonly planId: string;
  readonly record: PlanRecord;
}

/** The greatest number of records read, the newest ones, in parallel. */
const MOST_RECORDS = 20;

/**
 * The newest other plan beside the state for the same ref of the same repository: the same pull request, or the same
 * branch. Undefined when none of the newest plans matches. Takes one listing and a few reads. Errors: AwsError.
 */
export async function findLastPlan(
  backend: Backend,
  planId: string,
  { repository, ref }: Pick<PlanOrigin, 'repository' | 'ref'>,
): Promise<EarlierPlan | undefined> {
  if (ref === '') return undefined;
  const listed = await listPlans(backend);
  const others = listed.filter((plan) => plan.planId !== planId).slice(0, MOST_RECORDS);
  const found = await Promise.all(
    others.map(async (plan) => ({ planId: plan.planId, found: await readPlanRecord(backend, plan.planId) })),
  );
  for (const { planId: id, found: one } of found) {
    if (one.kind !== 'found') continue;
    const { record } = one;
    const isSame = record.origin.repository === repository && record.origin.ref === ref;
    if (isSame) return { planId: id, record };
  }
  return undefined;
}
