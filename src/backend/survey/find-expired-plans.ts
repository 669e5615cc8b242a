import { addressOfObject } from '../address.ts';
import { readPlanRecord } from '../plan-vault/read-plan-record.ts';
import type { Backend } from '../settings.ts';
import { mapAtOnce } from './map-at-once.ts';
import type { FoundPlanRecord } from './survey-locks.ts';

/** A plan that nobody may apply any more, but that nobody deleted. */
export interface ExpiredPlan {
  readonly objectKey: string;
  readonly planId: string;
  /** In ms since the epoch. */
  readonly expiredAt: number;
}

/** The result of reading plan records. */
export interface ExpiredPlans {
  readonly expired: readonly ExpiredPlan[];
  /** The number of records that were not read because there are too many. These are the newest. */
  readonly unread: number;
}

const AT_ONCE = 16;

/**
 * Finds the expired plans, by the store's clock. Of many records, it reads the `most` oldest. Skips records that are
 * gone or can't be read. Errors: AwsError.
 */
export async function findExpiredPlans(
  backend: Backend,
  records: readonly FoundPlanRecord[],
  most: number,
): Promise<ExpiredPlans> {
  const oldest = records.toSorted((one, other) => one.storedAt - other.storedAt).slice(0, most);
  const { bucket, workspace } = backend.address;
  const found = await mapAtOnce(oldest, AT_ONCE, async ({ objectKey, planId }) => {
    const scoped = { ...backend, address: addressOfObject(bucket, workspace, objectKey) };
    const read = await readPlanRecord(scoped, planId);
    if (read.kind !== 'found' || read.record.expiresAt > backend.aws.storeNow()) return undefined;
    return { objectKey, planId, expiredAt: read.record.expiresAt };
  });
  const expired = found.filter((plan) => plan !== undefined);
  return { expired, unread: records.length - oldest.length };
}
