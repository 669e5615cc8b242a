/**
 * The least that a step can load: the calls that the hold makes of the three SDK clients, and nothing of ours. The bench
 * bundles it as `dist/` is bundled.
 */
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';

// What nobody uses, the bundler leaves out.
Object.assign(globalThis, {
  floor: [
    [
      S3Client,
      GetObjectCommand,
      HeadObjectCommand,
      PutObjectCommand,
      DeleteObjectCommand,
      ListObjectsV2Command,
    ],
    [DynamoDBClient, GetItemCommand, PutItemCommand, DeleteItemCommand, TransactWriteItemsCommand],
    [STSClient, AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand],
  ],
});
