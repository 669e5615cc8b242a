import { partition } from '@aws-sdk/core/client';

/** Any account: IAM accepts it where the account of a resource is not known. */
export const ANY_ACCOUNT = '*';

/** The partition that a region is in (`aws`, `aws-cn`, `aws-us-gov`, an ISO one), by the SDK's own table. Pure. */
export function findPartition(region: string): string {
  return partition(region).name ?? 'aws';
}

/** The account that an ARN names; undefined where it names none. Pure. */
export function findAccount(arn: string): string | undefined {
  return arn.split(':')[4] || undefined;
}

/**
 * The ARN of a bucket, an access point's as it is. An access point's alias stands in requests, but never in policies:
 * it counts for any access point. Pure.
 */
export function bucketArn(bucket: string, region: string): string {
  if (bucket.startsWith('arn:')) return bucket;
  const partition = findPartition(region);
  return bucket.endsWith('-s3alias')
    ? `arn:${partition}:s3:${region}:*:accesspoint/*`
    : `arn:${partition}:s3:::${bucket}`;
}

/** Whether a bucket is on Outposts or a directory bucket: these have actions of their own in the place of `s3:`. Pure. */
export function isOtherKind(bucket: string): boolean {
  return bucket.endsWith('--x-s3') || /^arn:[^:]+:s3(?!:)/.test(bucket);
}

/** The ARN of a table by its name; an ARN as it is. Pure. */
export function tableArn(table: string, region: string, account: string): string {
  if (table.startsWith('arn:')) return table;
  return `arn:${findPartition(region)}:dynamodb:${region}:${account}:table/${table}`;
}

/** A KMS key as policies name it: by its ARN or id. An alias can't be named, so any key stands for it. Pure. */
export function keyArn(kmsKeyId: string, region: string, account: string): string {
  if (/(^|:)alias\//.test(kmsKeyId)) return '*';
  if (kmsKeyId.startsWith('arn:')) return kmsKeyId;
  return `arn:${findPartition(region)}:kms:${region}:${account}:key/${kmsKeyId}`;
}
