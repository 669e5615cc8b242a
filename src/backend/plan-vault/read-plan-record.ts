import { getObject } from '../objects/get-object.ts';
import { readBeginning } from '../objects/read-beginning.ts';
import { LARGEST_RECORD, type PlanRecord, parsePlanRecord } from '../records/plan-record.ts';
import type { Backend } from '../settings.ts';
import { planRecordKey } from './plan-id.ts';

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
