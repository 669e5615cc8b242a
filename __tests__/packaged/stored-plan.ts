import { createHash } from 'node:crypto';
import { type PlanRecord, printPlanRecord } from '../../src/backend/records/plan-record.ts';
import { planRecord } from '../backend/plan-vault/records.ts';
import { type AwsClients, putObject } from '../support/aws.ts';
import { LINEAGE, stateText } from './states.ts';
import { md5 } from './support.ts';

/** The bytes of a plan, its id, and where it and its record are. */
export const PLAN = 'PK\u0003\u0004 what terraform plan wrote';
export const PLAN_ID = '4711-1';
export const PLAN_KEY = `network/app.tfstate.plans/${PLAN_ID}`;
export const RECORD_KEY = `${PLAN_KEY}.json`;

/** What the runner says is checked out. */
export const SHA = '6dcb09b5b57875f334f61aebed695e2e4193db5e';

/** Where a state is that has a vault. */
export interface VaultTestbed {
  readonly clients: AwsClients;
  readonly fixture: { readonly bucket: string };
  readonly objectKey: string;
}

/**
 * A plan in the vault for `stateText()`, as a plan job leaves it; `change`: what somebody with write access
 * changed in its record.
 */
export async function putPlan(testbed: VaultTestbed, change: Partial<PlanRecord> = {}): Promise<void> {
  const { bucket } = testbed.fixture;
  const bytes = Buffer.from(PLAN);
  const identity = `${LINEAGE}/7/${md5(stateText())}`;
  const record = planRecord({
    state: { bucket, key: testbed.objectKey, workspace: 'default' },
    fingerprint: createHash('sha256').update(identity).digest('hex'),
    origin: { ...planRecord().origin, commit: SHA, tree: undefined },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    createdAt: Date.now(),
    expiresAt: Date.now() + 60_000,
    ...change,
  });
  await putObject(testbed.clients, bucket, PLAN_KEY, PLAN);
  await putObject(testbed.clients, bucket, RECORD_KEY, printPlanRecord(record));
}
