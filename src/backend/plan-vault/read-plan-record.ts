import { GetObjectCommand } from '@aws-sdk/client-s3';
import { AwsError } from '../../aws/errors.ts';
import { readHeaders } from '../objects/object-headers.ts';
import { readBeginning } from '../objects/read-beginning.ts';
import { LARGEST_RECORD, type PlanRecord, parsePlanRecord } from '../records/plan-record.ts';
import type { Backend } from '../settings.ts';
import { planRecordKey } from './plan-id.ts';

/** What the vault knows of a plan. */
export type FoundRecord =
  | {
      readonly kind: 'found';
      readonly record: PlanRecord;
      /** When the store got it, in ms since the epoch. */
      readonly storedAt: number | undefined;
    }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'missing' };

/** Reads the record of a plan by one GET. A record that can't be used is an answer. Errors: AwsError of the read. */
export async function readPlanRecord(backend: Backend, planId: string): Promise<FoundRecord> {
  const { aws, address, objects } = backend;
  const key = planRecordKey(address, planId);
  const input = { Bucket: address.bucket, Key: key, ...readHeaders(objects) };
  const description = { api: 's3:GetObject', resource: `s3://${address.bucket}/${key}` };
  try {
    return await aws.call(description, async (abortSignal) => {
      const { Body, LastModified } = await aws.s3.send(new GetObjectCommand(input), { abortSignal });
      const parsed = parsePlanRecord(await readBeginning(Body, LARGEST_RECORD));
      if (!parsed.ok) return { kind: 'unreadable', detail: parsed.detail };
      return { kind: 'found', record: parsed.record, storedAt: LastModified?.getTime() };
    });
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'no_such_key') return { kind: 'missing' };
    throw error;
  }
}
