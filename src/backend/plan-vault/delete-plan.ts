import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { Backend } from '../settings.ts';
import { planKey, planRecordKey } from './plan-id.ts';

/** Deletes a plan that was applied. Its record stays, and says so to whoever asks for the plan again. Errors: AwsError. */
export async function deleteAppliedPlan(backend: Backend, planId: string): Promise<void> {
  await deleteObject(backend, planKey(backend.address, planId));
}

/** Deletes a plan and its record, the record first: there never is one without its plan. Errors: AwsError. */
export async function deleteExpiredPlan(backend: Backend, planId: string): Promise<void> {
  await deleteObject(backend, planRecordKey(backend.address, planId));
  await deleteObject(backend, planKey(backend.address, planId));
}

async function deleteObject({ aws, address }: Backend, key: string): Promise<void> {
  const { bucket } = address;
  const description = { api: 's3:DeleteObject', resource: `s3://${bucket}/${key}` };
  const command = new DeleteObjectCommand({ Bucket: bucket, Key: key });
  await aws.call(description, (abortSignal) => aws.s3.send(command, { abortSignal }));
}
