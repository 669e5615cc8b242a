import { plansFolder } from '../address.ts';
import { type ListedObject, listObjects } from '../objects/list-objects.ts';
import type { Backend } from '../settings.ts';
import { isPlanId } from './plan-id.ts';

/** A plan that a vault has a record of. */
export interface ListedPlan {
  readonly planId: string;
  /** In ms since the epoch; 0 where the store does not tell. */
  readonly storedAt: number;
}

const RECORD = '.json';
/** Ends the pages of a store that always has a next one; each has 1,000 objects. */
const MOST_PAGES = 100;

/** The plans beside a state, the newest first, by one request for 1,000 objects. Errors: AwsError of the requests. */
export async function listPlans(backend: Backend): Promise<ListedPlan[]> {
  const plans: ListedPlan[] = [];
  for await (const { name, modifiedAt = 0 } of vaultObjects(backend)) {
    const planId = findRecordedPlan(name);
    if (planId !== undefined) plans.push({ planId, storedAt: modifiedAt });
  }
  return plans.sort((a, b) => b.storedAt - a.storedAt);
}

/** Ids of all plans of which anything is left beside a state: plan, record or both. Errors: AwsError of the requests. */
export async function listPlanIds(backend: Backend): Promise<string[]> {
  const planIds = new Set<string>();
  for await (const { name } of vaultObjects(backend)) {
    const planId = findRecordedPlan(name) ?? name;
    if (isPlanId(planId)) planIds.add(planId);
  }
  return [...planIds];
}

/** The plan that an object of a vault is the record of, by its name; undefined: it is no record. Pure. */
export function findRecordedPlan(name: string): string | undefined {
  const planId = name.slice(0, -RECORD.length);
  return name.endsWith(RECORD) && isPlanId(planId) ? planId : undefined;
}

async function* vaultObjects(backend: Backend): AsyncGenerator<ListedObject & { readonly name: string }> {
  const folder = plansFolder(backend.address);
  let pages = 0;
  for await (const page of listObjects(backend, folder)) {
    for (const object of page) yield { ...object, name: object.key.slice(folder.length) };
    pages += 1;
    if (pages === MOST_PAGES) return;
  }
}
