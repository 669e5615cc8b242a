import * as v from 'valibot';
import { ACCOUNT_ID, headObject, REGION } from '../support/aws.ts';
import { allowedBy, type IamCall } from '../support/iam.ts';
import type { CannedAnswer, RequestRecord, WaitDecision } from '../support/proxy.ts';
import type { Testbed } from './support.ts';

/** The gate between a testbed's jobs and moto: IAM, limited to session policies and the role's own policy. */
export interface IamGate {
  /** The session policies that were requested, in order; undefined: a session without one. */
  readonly sessions: (string | undefined)[];
  /** The permissions that were needed and granted, in order. */
  readonly calls: IamCall[];
  /** `action resource` of the same. */
  readonly allowed: Set<string>;
  /** The same of what was refused. */
  readonly refused: string[];
}

export interface GateOptions {
  /** The role's own policy; without it the role may do everything. */
  readonly rolePolicy?: string | undefined;
  /** AWS's answer to a session's policy. */
  readonly change?: (policy: string) => string;
  /** The KMS key of the table: its readers and writers need permissions for it, too. */
  readonly tableKey?: string;
  /** The sessions are narrowed to different states: one of the policies must allow all calls of one session's keys. */
  readonly sideBySide?: boolean;
  /** The fate of requests that may pass. */
  readonly answer?: (record: RequestRecord) => WaitDecision;
}

/**
 * Lets a testbed's requests pass only if the session's policy and the role's own allow every permission that
 * they need, with AWS's refusals for the rest. moto's own IAM can't do this: it has no session policies, no
 * tables as resources, and of conditions only StringEquals. All sessions of a testbed count as one: they must be
 * narrowed alike.
 */
export function enforcePolicies(testbed: Testbed, options: GateOptions): IamGate {
  const { rolePolicy, tableKey, change = (policy) => policy, answer = () => 'pass' as const } = options;
  const gate: IamGate = { sessions: [], calls: [], allowed: new Set(), refused: [] };
  const narrowed = narrowSessions(gate);
  testbed.proxy.onRequest(async (record) => {
    // Anybody may ask who they are.
    if (record.operation === 'GetCallerIdentity') return 'pass';
    if (record.service === 'sts') {
      gate.sessions.push(new URLSearchParams(record.body.toString('utf8')).get('Policy') ?? undefined);
      return 'pass';
    }
    const session = gate.sessions.at(-1);
    const policies = [rolePolicy, session && change(session)].filter((policy) => policy !== undefined);
    const isAllowed = (call: IamCall): boolean =>
      options.sideBySide
        ? narrowed.allows(record, call) &&
          (rolePolicy === undefined || allowedBy(rolePolicy, call).length > 0)
        : policies.every((policy) => allowedBy(policy, call).length > 0);
    for (const call of await listCalls(testbed, record, tableKey)) {
      const line = `${call.action} ${call.resource}`;
      if (!isAllowed(call)) {
        gate.refused.push(line);
        return refusal(record, call);
      }
      gate.calls.push(call);
      gate.allowed.add(line);
    }
    return answer(record);
  });
  return gate;
}

/** Which of the policies each pair of keys may have got, by what was done with it; moto tells no one else. */
function narrowSessions({ sessions }: IamGate) {
  const possible = new Map<string, readonly string[]>();
  return {
    allows: ({ headers }: RequestRecord, call: IamCall): boolean => {
      const keyId = /Credential=(\w+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
      const before = possible.get(keyId) ?? sessions.map((policy) => policy ?? '');
      const left = before.filter((policy) => allowedBy(policy, call).length > 0);
      possible.set(keyId, left);
      return left.length > 0;
    },
  };
}

/** The permissions that a request takes, in the order that AWS asks for them. */
async function listCalls(
  testbed: Testbed,
  record: RequestRecord,
  tableKey: string | undefined,
): Promise<IamCall[]> {
  if (record.service === 'dynamodb') {
    const decrypt = tableKey === undefined ? [] : [through('dynamodb', 'kms:Decrypt', tableKey)];
    return [...itemCalls(record), ...decrypt];
  }
  if (record.service !== 's3') throw new Error(`no meaning for ${record.service} ${record.operation}`);
  return await objectCalls(testbed, record);
}

async function objectCalls(
  testbed: Testbed,
  { operation, path, headers }: RequestRecord,
): Promise<IamCall[]> {
  const [bucket = '', ...rest] = decodeURIComponent(path.split('?')[0] ?? '')
    .slice(1)
    .split('/');
  const key = rest.join('/');
  const listing: IamCall = { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}`, context: {} };
  const look = BUCKET_LOOKS[operation];
  if (look !== undefined) return [{ ...listing, action: look }];
  const on = (action: string): IamCall => ({
    action,
    resource: `arn:aws:s3:::${bucket}/${key}`,
    context: {},
  });
  if (operation === 'DeleteObject') return [on('s3:DeleteObject')];
  if (operation === 'PutObject') return putCalls(on, headers);
  if (operation === 'CopyObject') return [...(await sourceCalls(testbed, headers)), ...putCalls(on, headers)];
  if (operation !== 'GetObject' && operation !== 'HeadObject') throw new Error(`no meaning for ${operation}`);
  const found = await headObject(testbed.clients, bucket, key);
  // No s3:prefix: AWS does not say what it would be.
  if (found === undefined) return [on('s3:GetObject'), listing];
  const read = path.includes('versionId=') ? 's3:GetObjectVersion' : 's3:GetObject';
  const isSealed = found.SSEKMSKeyId !== undefined && operation === 'GetObject';
  return [on(read), ...(isSealed ? [through('s3', 'kms:Decrypt', found.SSEKMSKeyId ?? '')] : [])];
}

function putCalls(on: (action: string) => IamCall, headers: RequestRecord['headers']): IamCall[] {
  const acl = headers['x-amz-acl'] === undefined ? [] : [on('s3:PutObjectAcl')];
  const kmsKey = headers['x-amz-server-side-encryption-aws-kms-key-id'];
  const kms = kmsKey === undefined ? [] : [through('s3', 'kms:GenerateDataKey', String(kmsKey))];
  const condition = headers['if-none-match'];
  const context: IamCall['context'] =
    condition === undefined ? {} : { 's3:if-none-match': [String(condition)] };
  return [{ ...on('s3:PutObject'), context }, ...acl, ...kms];
}

/** Whoever copies an object reads it, too. */
async function sourceCalls(testbed: Testbed, headers: RequestRecord['headers']): Promise<IamCall[]> {
  const source = decodeURIComponent(String(headers['x-amz-copy-source']));
  const [bucket = '', ...rest] = source.split('/');
  const found = await headObject(testbed.clients, bucket, rest.join('/'));
  const key = found?.SSEKMSKeyId;
  const decrypt = key === undefined ? [] : [through('s3', 'kms:Decrypt', key)];
  return [{ action: 's3:GetObject', resource: `arn:aws:s3:::${source}`, context: {} }, ...decrypt];
}

const BUCKET_LOOKS: Readonly<Record<string, string>> = {
  // Listing is Terraform's, never ours; its s3:prefix decides nothing here.
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  HeadBucket: 's3:ListBucket',
  GetBucketVersioning: 's3:GetBucketVersioning',
  GetBucketEncryption: 's3:GetEncryptionConfiguration',
  GetPublicAccessBlock: 's3:GetBucketPublicAccessBlock',
};

function through(service: string, action: string, resource: string): IamCall {
  return { action, resource, context: { 'kms:ViaService': [`${service}.${REGION}.amazonaws.com`] } };
}

const LockId = v.object({ LockID: v.object({ S: v.string() }) });
const ItemSchema = v.object({ TableName: v.string(), Key: v.optional(LockId), Item: v.optional(LockId) });
const TransactionSchema = v.object({ TransactItems: v.array(v.record(v.string(), ItemSchema)) });

function itemCalls({ operation, body }: RequestRecord): IamCall[] {
  const json: unknown = JSON.parse(body.toString('utf8'));
  if (operation !== 'TransactWriteItems') return [itemCall(operation, v.parse(ItemSchema, json))];
  return v
    .parse(TransactionSchema, json)
    .TransactItems.flatMap((item) =>
      Object.entries(item).map(([name, write]) => itemCall(ITEM_WRITES[name] ?? name, write)),
    );
}

const ITEM_WRITES: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Delete: 'DeleteItem',
  Update: 'UpdateItem',
  ConditionCheck: 'ConditionCheckItem',
};

function itemCall(operation: string, { TableName, Key, Item }: v.InferOutput<typeof ItemSchema>): IamCall {
  const key = (Key ?? Item)?.LockID.S;
  return {
    action: `dynamodb:${operation}`,
    resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${TableName}`,
    // A look at the table itself has no key.
    context: key === undefined ? {} : { 'dynamodb:LeadingKeys': [key] },
  };
}

function refusal({ service }: RequestRecord, { action, resource }: IamCall): CannedAnswer {
  const who = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/role/session`;
  const message = `User: ${who} is not authorized to perform: ${action} on resource: ${resource} because no session policy allows the ${action} action`;
  if (service === 'dynamodb') {
    const body = { __type: 'com.amazon.coral.service#AccessDeniedException', Message: message };
    return {
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: JSON.stringify(body),
    };
  }
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
  return { status: 403, headers: { 'content-type': 'application/xml' }, body };
}
