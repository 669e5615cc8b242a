import { plansFolder } from '../address.ts';
import { type ListedObject, listObjects } from '../objects/list-objects.ts';
import type { Backend } from '../settings.ts';
import { findAttempt, isPlanId, type LatestPlan } from './plan-id.ts';

/** A plan that has a record in the vault. */
export interface ListedPlan {
  readonly planId: string;
  /** In ms since the epoch; 0 when the store does not say. */
  readonly storedAt: number;
}

const RECORD = '.json';
/** Limits the pages, for a store that always claims to have another one. Each page has 1,000 objects. */
const MOST_PAGES = 100;

/** The plans beside a state, the newest first, with one request per 1,000 objects. Errors: AwsError of the requests. */
export async function listPlans(backend: Backend): Promise<ListedPlan[]> {
  const plans: ListedPlan[] = [];
  for await (const { name, modifiedAt = 0 } of vaultObjects(backend)) {
    const planId = findRecordedPlan(name);
    if (planId !== undefined) plans.push({ planId, storedAt: modifiedAt });
  }
  return plans.sort((a, b) => b.storedAt - a.storedAt);
}

/**
 * The plan of the highest attempt of a run that has a record, even if that plan was applied since. Undefined when no attempt
 * stored one. One request per 1,000 objects of the run. Errors: AwsError of the requests.
 */
export async function findLatestPlan(backend: Backend, latest: LatestPlan): Promise<string | undefined> {
  let highest = 0;
  let newest: string | undefined;
  for await (const { name } of vaultObjects(backend, `${latest.runId}-`)) {
    const planId = findRecordedPlan(name);
    const attempt = planId === undefined ? undefined : findAttempt(planId, latest);
    if (attempt === undefined || attempt <= highest) continue;
    highest = attempt;
    newest = planId;
  }
  return newest;
}

/**
 * The ids of all plans beside a state of which the plan, the record or both exist. Errors: AwsError of the requests.
 */
export async function listPlanIds(backend: Backend): Promise<string[]> {
  const planIds = new Set<string>();
  for await (const { name } of vaultObjects(backend)) {
    const planId = findRecordedPlan(name) ?? name;
    if (isPlanId(planId)) planIds.add(planId);
  }
  return [...planIds];
}

/** The id of the plan whose record has this name; undefined when the object is not a record. Pure. */
export function findRecordedPlan(name: string): string | undefined {
  const planId = name.slice(0, -RECORD.length);
  return name.endsWith(RECORD) && isPlanId(planId) ? planId : undefined;
}

async function* vaultObjects(
  backend: Backend,
  beginning = '',
): AsyncGenerator<ListedObject & { readonly name: string }> {
  const folder = plansFolder(backend.address);
  let pages = 0;
  for await (const page of listObjects(backend, `${folder}${beginning}`)) {
    for (const object of page) yield { ...object, name: object.key.slice(folder.length) };
    pages += 1;
    if (pages === MOST_PAGES) return;
  }
}
