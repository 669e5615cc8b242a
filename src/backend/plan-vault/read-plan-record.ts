import { getObject } from '../objects/get-object.ts';
import { readBeginning } from '../objects/read-beginning.ts';
import { LARGEST_RECORD, type PlanRecord, parsePlanRecord } from '../records/plan-record.ts';
import type { Backend } from '../settings.ts';
import { findLatestPlan } from './list-plans.ts';
import { parseLatestPlan, planRecordKey } from './plan-id.ts';

/** What the vault knows about a plan. */
export type FoundRecord =
  | {
      readonly kind: 'found';
      readonly record: PlanRecord;
      /** When the store received it, in ms since the epoch. */
      readonly storedAt: number | undefined;
    }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'missing' };

/** A plan that somebody asked for, and what the vault knows about it. */
export interface AskedPlan {
  /** The plan that was found; what was asked for when there is none. */
  readonly planId: string;
  readonly found: FoundRecord;
}

/**
 * Reads the record of the plan with this id, or of the newest plan of a run (`<run id>-latest[-<name>]`), which takes a listing
 * first. Errors: AwsError of the requests.
 */
export async function readAskedPlan(backend: Backend, reference: string): Promise<AskedPlan> {
  const latest = parseLatestPlan(reference);
  const planId = latest === undefined ? reference : await findLatestPlan(backend, latest);
  if (planId === undefined) return { planId: reference, found: { kind: 'missing' } };
  return { planId, found: await readPlanRecord(backend, planId) };
}

/**
 * Reads the record of a plan with one GET. An unusable record is a result, not an error. Errors: AwsError of the read.
 */
export async function readPlanRecord(backend: Backend, planId: string): Promise<FoundRecord> {
  const key = planRecordKey(backend.address, planId);
  const found = await getObject(backend, { key }, async (body, { LastModified }): Promise<FoundRecord> => {
    const parsed = parsePlanRecord(await readBeginning(body, LARGEST_RECORD));
    if (!parsed.ok) return { kind: 'unreadable', detail: parsed.detail };
    return { kind: 'found', record: parsed.record, storedAt: LastModified?.getTime() };
  });
  return found ?? { kind: 'missing' };
}
