import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { plansFolder } from '../address.ts';
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
  for await (const { name, storedAt } of vaultObjects(backend)) {
    const planId = findRecordedPlan(name);
    if (planId !== undefined) plans.push({ planId, storedAt });
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

/** The plan that an object is the record of, by its name. */
function findRecordedPlan(name: string): string | undefined {
  const planId = name.slice(0, -RECORD.length);
  return name.endsWith(RECORD) && isPlanId(planId) ? planId : undefined;
}

async function* vaultObjects(
  backend: Backend,
): AsyncGenerator<{ readonly name: string; readonly storedAt: number }> {
  const folder = plansFolder(backend.address);
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { Contents = [], NextContinuationToken } = await listPage(backend, folder, token);
    for (const { Key = '', LastModified } of Contents) {
      yield { name: Key.slice(folder.length), storedAt: LastModified?.getTime() ?? 0 };
    }
    token = NextContinuationToken;
    if (token === undefined) return;
  }
}

async function listPage(
  { aws, address }: Backend,
  prefix: string,
  token: string | undefined,
): Promise<ListObjectsV2CommandOutput> {
  const input = { Bucket: address.bucket, Prefix: prefix, ContinuationToken: token };
  const description = { api: 's3:ListBucket', resource: `s3://${address.bucket}/${prefix}` };
  return await aws.call(description, (abortSignal) =>
    aws.s3.send(new ListObjectsV2Command(input), { abortSignal }),
  );
}
