/**
 * The least program that holds a state: the requests of main or post in their order, straight from the SDK. It checks nothing, retries
 * nothing and tells nothing. Its environment names the state, and its argument the half.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const { BUCKET = '', KEY = '', TABLE = '', REGION = '', STATE_FILE = '' } = process.env;
const { S3_ENDPOINT = '', DYNAMODB_ENDPOINT = '' } = process.env;

// The SDK finds the keys in the environment.
const settings = { region: REGION, maxAttempts: 1 };
const s3 = new S3Client({ ...settings, endpoint: S3_ENDPOINT, forcePathStyle: true });
const dynamodb = new DynamoDBClient({ ...settings, endpoint: DYNAMODB_ENDPOINT });
const lockId = `${BUCKET}/${KEY}`;
const digestId = `${lockId}-md5`;

if (process.argv[2] === 'main') await lockAndPull();
else await pushAndRelease();
process.exit();

async function lockAndPull(): Promise<void> {
  await dynamodb.send(
    new PutItemCommand({
      TableName: TABLE,
      Item: { LockID: { S: lockId }, Info: { S: '{}' } },
      ConditionExpression: 'attribute_not_exists(LockID)',
    }),
  );
  const [{ Item }, { Body }] = await Promise.all([
    dynamodb.send(readItem(digestId)),
    s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: KEY })),
  ]);
  const text = (await Body?.transformToString()) ?? '';
  if (md5(text) !== Item?.Digest?.S) throw new Error('the digest is that of another state');
  writeFileSync(STATE_FILE, text);
}

async function pushAndRelease(): Promise<void> {
  const text = readFileSync(STATE_FILE, 'utf8');
  const digest = { LockID: { S: digestId }, Digest: { S: md5(text) } };
  const announced = { LockID: { S: `${digestId}-announced` }, Digest: { S: md5(text) } };
  await Promise.all([
    dynamodb.send(readItem(lockId)),
    dynamodb.send(new PutItemCommand({ TableName: TABLE, Item: announced })),
  ]);
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: text }));
  await dynamodb.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: TABLE, Item: digest } },
        { Delete: { TableName: TABLE, Key: { LockID: { S: lockId } } } },
      ],
    }),
  );
}

function readItem(id: string): GetItemCommand {
  return new GetItemCommand({ TableName: TABLE, Key: { LockID: { S: id } }, ConsistentRead: true });
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
