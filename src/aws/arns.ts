import { partition } from '@aws-sdk/core/client';

/** Any account. IAM accepts it when the account of a resource is unknown. */
export const ANY_ACCOUNT = '*';

/** The partition of a region (`aws`, `aws-cn`, `aws-us-gov`, an ISO one), from the SDK's own table. Pure. */
export function findPartition(region: string): string {
  return partition(region).name ?? 'aws';
}

/** The account in an ARN; undefined when it has none. Pure. */
export function findAccount(arn: string): string | undefined {
  return arn.split(':')[4] || undefined;
}

/**
 * The ARN of a bucket; an access point's ARN as it is. An access point's alias appears in requests, but never in
 * policies, so it stands for any access point. Pure.
 */
export function bucketArn(bucket: string, region: string): string {
  if (bucket.startsWith('arn:')) return bucket;
  const partition = findPartition(region);
  return bucket.endsWith('-s3alias')
    ? `arn:${partition}:s3:${region}:*:accesspoint/*`
    : `arn:${partition}:s3:::${bucket}`;
}

/** Whether a bucket is on Outposts or a directory bucket. Those have their own actions instead of `s3:`. Pure. */
export function isOtherKind(bucket: string): boolean {
  return bucket.endsWith('--x-s3') || /^arn:[^:]+:s3(?!:)/.test(bucket);
}

/** The ARN of a table from its name; an ARN as it is. Pure. */
export function tableArn(table: string, region: string, account: string): string {
  if (table.startsWith('arn:')) return table;
  return `arn:${findPartition(region)}:dynamodb:${region}:${account}:table/${table}`;
}

/** A KMS key in the form of policies: its ARN or id. Policies can't name an alias, so it stands for any key. Pure. */
export function keyArn(kmsKeyId: string, region: string, account: string): string {
  if (/(^|:)alias\//.test(kmsKeyId)) return '*';
  if (kmsKeyId.startsWith('arn:')) return kmsKeyId;
  return `arn:${findPartition(region)}:kms:${region}:${account}:key/${kmsKeyId}`;
}
