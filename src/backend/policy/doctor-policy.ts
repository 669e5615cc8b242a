import { bucketArn, tableArn } from '../../aws/arns.ts';
import type { Grant } from './grant.ts';
import { allow, isAccessPoint, type Statement } from './statement.ts';

/**
 * The permissions, besides those of a use, that it takes to inspect the setup of bucket and table. An access point does
 * not show its bucket. None of them changes anything. Pure.
 */
export function doctorPermissions({ bucket, region, table, account }: Omit<Grant, 'keys'>): Statement[] {
  const arn = bucketArn(bucket, region);
  return [
    ...(isAccessPoint(arn) ? [] : [allow('BucketSetup', BUCKET_LOOKS, [arn], undefined)]),
    ...(table === undefined
      ? []
      : [allow('TableSetup', ['dynamodb:DescribeTable'], [tableArn(table, region, account)], undefined)]),
  ];
}

const BUCKET_LOOKS = [
  's3:ListBucket',
  's3:GetBucketVersioning',
  's3:GetEncryptionConfiguration',
  's3:GetBucketPublicAccessBlock',
];
