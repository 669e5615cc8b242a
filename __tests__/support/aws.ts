import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';

export const REGION = 'us-east-1';
/** moto's own account, which owns everything made with dummy keys. */
export const ACCOUNT_ID = '123456789012';
/** Keys that moto accepts for its own account; never valid anywhere else. */
export const DUMMY_KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY',
};

/** The three clients, pointed at one endpoint. */
export interface AwsClients {
  readonly endpoint: string;
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly sts: STSClient;
  /** Closes their sockets. */
  destroy(): void;
}

/** What `createStateFixture` makes; by default a table, no versioning and no role. */
export interface StateFixtureOptions {
  readonly name?: string;
  readonly table?: boolean;
  readonly versioning?: boolean;
  readonly role?: boolean;
}

/** Names of a fixture's parts; `table` and `roleArn` are set whether or not they were made. */
export interface StateFixture {
  readonly bucket: string;
  readonly table: string;
  readonly roleArn: string;
  readonly region: string;
}

/** Clients for a moto or proxy address, with dummy keys and no retries. */
export function awsClients(endpoint: string): AwsClients {
  const config = { endpoint, region: REGION, credentials: DUMMY_KEYS, maxAttempts: 1 };
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(config);
  const sts = new STSClient(config);
  return {
    endpoint,
    s3,
    dynamodb,
    sts,
    destroy: () => [s3, dynamodb, sts].forEach((client) => void client.destroy()),
  };
}

/** Makes a bucket and, as asked for, a lock table, versioning and an assumable role, all with unique names. */
export async function createStateFixture(
  clients: AwsClients,
  options: StateFixtureOptions = {},
): Promise<StateFixture> {
  const unique = `${options.name ?? 'state'}-${randomBytes(5).toString('hex')}`;
  const roleName = `role-${unique}`;
  await clients.s3.send(new CreateBucketCommand({ Bucket: unique }));
  const parts: Promise<unknown>[] = [];
  if (options.table ?? true) parts.push(createLockTable(clients, `locks-${unique}`));
  if (options.versioning) parts.push(enableVersioning(clients, unique));
  if (options.role) parts.push(createRole(clients.endpoint, roleName));
  await Promise.all(parts);
  const roleArn = `arn:aws:iam::${ACCOUNT_ID}:role/${roleName}`;
  return { bucket: unique, table: `locks-${unique}`, roleArn, region: REGION };
}

/** An object's bytes, or undefined when there is no such key. */
export async function readObject(
  clients: AwsClients,
  bucket: string,
  key: string,
): Promise<Buffer | undefined> {
  const request = new GetObjectCommand({ Bucket: bucket, Key: key });
  const found = await clients.s3.send(request).catch(undefinedWhen('NoSuchKey'));
  return found?.Body ? Buffer.from(await found.Body.transformToByteArray()) : undefined;
}

/** Writes an object unchanged, without a precondition. */
export async function putObject(
  clients: AwsClients,
  bucket: string,
  key: string,
  body: string | Uint8Array,
): Promise<void> {
  await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

/** An object's headers (ETag, encryption, version), or undefined when there is no such key. */
export async function headObject(
  clients: AwsClients,
  bucket: string,
  key: string,
): Promise<HeadObjectCommandOutput | undefined> {
  const request = new HeadObjectCommand({ Bucket: bucket, Key: key });
  return await clients.s3.send(request).catch(undefinedWhen('NotFound'));
}

/** Keys of a bucket below a prefix, in S3's order; the first thousand. */
export async function listObjects(clients: AwsClients, bucket: string, prefix = ''): Promise<string[]> {
  const page = await clients.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  return (page.Contents ?? []).map((object) => object.Key ?? '');
}

/** String attributes of one item, read consistently; undefined when there is no such item. */
export async function readItem(
  clients: AwsClients,
  table: string,
  lockId: string,
): Promise<Record<string, string> | undefined> {
  const request = new GetItemCommand({
    TableName: table,
    Key: { LockID: { S: lockId } },
    ConsistentRead: true,
  });
  const { Item } = await clients.dynamodb.send(request);
  return Item && Object.fromEntries(Object.entries(Item).map(([name, value]) => [name, value.S ?? '']));
}

/** Writes an item of string attributes under a LockID, whatever was there before. */
export async function putItem(
  clients: AwsClients,
  table: string,
  lockId: string,
  attributes: Record<string, string>,
): Promise<void> {
  const Item: Record<string, AttributeValue> = { LockID: { S: lockId } };
  for (const [name, value] of Object.entries(attributes)) Item[name] = { S: value };
  await clients.dynamodb.send(new PutItemCommand({ TableName: table, Item }));
}

/** Removes an item, whatever it holds. */
export async function deleteItem(clients: AwsClients, table: string, lockId: string): Promise<void> {
  await clients.dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { LockID: { S: lockId } } }));
}

function undefinedWhen(name: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && error.name === name) return undefined;
    throw error;
  };
}

/** A table with the key that Terraform needs for locks. */
export async function createLockTable(clients: AwsClients, name: string): Promise<void> {
  const request = new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'LockID', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'LockID', KeyType: 'HASH' }],
  });
  await clients.dynamodb.send(request);
}

/** Turns versioning on for a bucket. */
export async function enableVersioning(clients: AwsClients, bucket: string): Promise<void> {
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
}

async function createRole(endpoint: string, name: string): Promise<void> {
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }],
  };
  const AssumeRolePolicyDocument = JSON.stringify(policy);
  await askIam(endpoint, { Action: 'CreateRole', RoleName: name, AssumeRolePolicyDocument });
}

/** An inline policy of a role, as JSON. */
export async function readRolePolicy(
  endpoint: string,
  RoleName: string,
  PolicyName: string,
): Promise<string> {
  const answer = await askIam(endpoint, { Action: 'GetRolePolicy', RoleName, PolicyName });
  const [, document = ''] = /<PolicyDocument>(.*?)<\/PolicyDocument>/s.exec(answer) ?? [];
  return decodeURIComponent(document.replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
}

/** IAM by a hand-written request: two calls do not justify a fourth SDK client. moto reads only the scope. */
async function askIam(endpoint: string, parameters: Record<string, string>): Promise<string> {
  const scope = `${DUMMY_KEYS.accessKeyId}/20260102/${REGION}/iam/aws4_request`;
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00` },
    body: new URLSearchParams({ Version: '2010-05-08', ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${parameters.Action} ${parameters.RoleName}: ${answer.status} ${text}`);
  return text;
}
