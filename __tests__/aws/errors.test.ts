import {
  DynamoDBServiceException,
  GetItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import type { Aws } from '../../src/aws/aws.ts';
import { AwsError, toAwsError } from '../../src/aws/errors.ts';
import { explainAwsError } from '../../src/messages/explain-aws-error.ts';
import {
  type Answer,
  connect,
  dynamodbError,
  s3Error,
  serve,
  settingsFor,
  stsError,
  type TestServer,
  testKeys,
} from './support.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const object = 's3://bucket/k/app.tfstate';
const table = 'table locks';
const user = 'arn:aws:iam::111122223333:user/ci';

type Calls = Record<'get' | 'put' | 'head' | 'lock' | 'transact' | 'verify', (aws: Aws) => Promise<unknown>>;

const calls: Calls = {
  get: (aws) =>
    aws.call({ api: 's3:GetObject', resource: object }, () =>
      aws.s3.send(() => new GetObjectCommand({ Bucket: 'bucket', Key: 'k/app.tfstate' })),
    ),
  head: (aws) =>
    aws.call({ api: 's3:HeadObject', resource: object }, () =>
      aws.s3.send(() => new HeadObjectCommand({ Bucket: 'bucket', Key: 'k/app.tfstate' })),
    ),
  put: (aws) =>
    aws.call({ api: 's3:PutObject', resource: object }, () =>
      aws.s3.send(
        () => new PutObjectCommand({ Bucket: 'bucket', Key: 'k/app.tfstate', Body: '{}', IfNoneMatch: '*' }),
      ),
    ),
  lock: (aws) =>
    aws.call({ api: 'dynamodb:GetItem', resource: table }, () =>
      aws.dynamodb.send(new GetItemCommand({ TableName: 'locks', Key: { LockID: { S: 'x' } } })),
    ),
  transact: (aws) =>
    aws.call({ api: 'dynamodb:TransactWriteItems', resource: table }, () =>
      aws.dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [] })),
    ),
  verify: (aws) => aws.verifyCredentials(),
};

async function catchFailure(call: keyof Calls, answer: Answer): Promise<AwsError> {
  server = await serve(() => answer);
  return await failureAt(call, server.url);
}

async function failureAt(call: keyof Calls, url: string): Promise<AwsError> {
  const aws = connect({ settings: settingsFor(url) });
  const error = await calls[call](aws).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  aws.destroy();
  if (!(error instanceof AwsError)) throw new Error(`not an AwsError: ${String(error)}`);
  return error;
}

const denied = (action: string) =>
  `User: ${user} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`;

describe('every AWS error has a message of its own', () => {
  it.each<[string, keyof Calls, Answer, string, string[]]>([
    [
      's3 access denied',
      'put',
      s3Error(403, 'AccessDenied', denied('s3:PutObject')),
      'access_denied',
      [object, `${user} is not allowed`, 'permission s3:PutObject', 'REQ-1'],
    ],
    [
      'get-404-without-list-permission',
      'get',
      s3Error(403, 'AccessDenied', 'Access Denied'),
      'access_denied',
      ['the caller is not allowed', 's3:ListBucket', 'missing object', 'REQ-1'],
    ],
    [
      'the permission that AWS names, not the one that the call implies',
      'put',
      s3Error(403, 'AccessDenied', denied('kms:GenerateDataKey')),
      'access_denied',
      ['permission kms:GenerateDataKey'],
    ],
    [
      'a HEAD without a body, whose permission has another name',
      'head',
      { status: 403 },
      'access_denied',
      ['permission s3:GetObject', 's3:ListBucket', 'missing object'],
    ],
    [
      'a transaction, which needs the permissions of its writes',
      'transact',
      dynamodbError(400, 'AccessDeniedException', 'Access denied'),
      'access_denied',
      ['permission dynamodb:PutItem and dynamodb:DeleteItem'],
    ],
    [
      'dynamodb access denied',
      'lock',
      dynamodbError(400, 'AccessDeniedException', denied('dynamodb:GetItem')),
      'access_denied',
      [table, user, 'permission dynamodb:GetItem'],
    ],
    [
      's3 expired token',
      'get',
      s3Error(400, 'ExpiredToken', 'The provided token has expired.'),
      'expired_credentials',
      ['have expired', '`role_arn`'],
    ],
    [
      'dynamodb expired token',
      'lock',
      dynamodbError(400, 'ExpiredTokenException', 'The security token included in the request is expired'),
      'expired_credentials',
      [table, 'have expired'],
    ],
    [
      'unknown access key',
      'get',
      s3Error(
        403,
        'InvalidAccessKeyId',
        'no such key',
        `<AWSAccessKeyId>${testKeys.accessKeyId}</AWSAccessKeyId>`,
      ),
      'invalid_credentials',
      ['`secret_key`'],
    ],
    [
      'sts refuses the keys',
      'verify',
      stsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
      'invalid_credentials',
      ['sts:GetCallerIdentity', '`access_key`'],
    ],
    [
      'dynamodb refuses the keys',
      'lock',
      dynamodbError(
        400,
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      ),
      'invalid_credentials',
      [table],
    ],
    [
      'wrong region by redirect',
      'get',
      s3Error(301, 'PermanentRedirect', 'use the endpoint', '', { 'x-amz-bucket-region': 'us-west-2' }),
      'wrong_region',
      ['us-west-2', 'eu-west-1', '`region`', 'AWS_REGION'],
    ],
    [
      'wrong region without a body',
      'head',
      { status: 301, headers: { 'x-amz-bucket-region': 'us-west-2' } },
      'wrong_region',
      ['us-west-2', 'eu-west-1'],
    ],
    [
      'wrong region by signature',
      'get',
      s3Error(400, 'AuthorizationHeaderMalformed', "expecting 'us-west-2'", '<Region>us-west-2</Region>'),
      'wrong_region',
      ['us-west-2', 'eu-west-1'],
    ],
    [
      'wrong region by location constraint',
      'put',
      s3Error(400, 'IllegalLocationConstraintException', 'incompatible'),
      'wrong_region',
      ['eu-west-1'],
    ],
    ['get-nosuchbucket', 'get', s3Error(404, 'NoSuchBucket', 'gone'), 'no_such_bucket', [object, '`bucket`']],
    ['no such key', 'get', s3Error(404, 'NoSuchKey', 'gone'), 'no_such_key', [object]],
    ['no such key by HEAD', 'head', { status: 404 }, 'no_such_key', [object]],
    [
      'lock-table-missing',
      'lock',
      dynamodbError(400, 'ResourceNotFoundException', 'Requested resource not found'),
      'no_such_table',
      [table, 'eu-west-1', '`dynamodb_table`'],
    ],
    [
      'lock-table-wrong-key-schema',
      'lock',
      dynamodbError(400, 'ValidationException', 'The provided key element does not match the schema'),
      'wrong_table_key',
      [table, '`LockID` of type String'],
    ],
    [
      'lock-table-wrong-key-name',
      'lock',
      dynamodbError(
        400,
        'ValidationException',
        'One or more parameter values were invalid: Missing the key id in the item',
      ),
      'wrong_table_key',
      ['`LockID`'],
    ],
    [
      'lock-table-wrong-key-type',
      'lock',
      dynamodbError(400, 'ValidationException', 'Type mismatch for key LockID expected: N actual: S'),
      'wrong_table_key',
      ['String'],
    ],
    [
      'another validation error',
      'lock',
      dynamodbError(400, 'ValidationException', 'ExpressionAttributeValues must not be empty'),
      'other',
      ['ValidationException', 'must not be empty'],
    ],
    [
      'clock skew at s3',
      'get',
      s3Error(403, 'RequestTimeTooSkewed', 'too large', '<ServerTime>2031-01-01T00:00:00Z</ServerTime>'),
      'clock_skew',
      ['2031-01-01T00:00:00Z', 'clock of this runner', 'NTP'],
    ],
    [
      'clock skew at dynamodb',
      'lock',
      dynamodbError(
        400,
        'InvalidSignatureException',
        'Signature expired: 20260101T000000Z is now earlier than ...',
      ),
      'clock_skew',
      ['clock of this runner'],
    ],
    ['slow down', 'get', s3Error(503, 'SlowDown', 'Reduce'), 'throttled', ['5 attempts', 'more throughput']],
    [
      'throughput exceeded',
      'lock',
      dynamodbError(400, 'ProvisionedThroughputExceededException', 'The level'),
      'throttled',
      [table, '5 attempts'],
    ],
    ['changed meanwhile', 'put', s3Error(412, 'PreconditionFailed', 'x'), 'precondition_failed', [object]],
    [
      'changing at this moment',
      'put',
      s3Error(409, 'ConditionalRequestConflict', 'x'),
      'precondition_failed',
      ['another write', 'in progress'],
    ],
    [
      'condition failed',
      'lock',
      dynamodbError(400, 'ConditionalCheckFailedException', 'The conditional request failed'),
      'conditional_check_failed',
      [table],
    ],
    ['lf-501', 'put', s3Error(501, 'NotImplemented', 'x'), 'not_implemented', ['conditional writes']],
    [
      'an unknown header',
      'put',
      s3Error(400, 'InvalidRequest', 'A header you provided implies functionality that is not implemented'),
      'not_implemented',
      ['conditional writes'],
    ],
    [
      'transaction cancelled',
      'transact',
      dynamodbError(400, 'TransactionCanceledException', 'Transaction cancelled', {
        CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Message: 'no' }],
      }),
      'transaction_cancelled',
      ['item 2: ConditionalCheckFailed (no)'],
    ],
    [
      'an AWS outage',
      'get',
      s3Error(500, 'InternalError', 'We hit'),
      'service',
      ['status 500', '5 attempts'],
    ],
    ['an outage without a message', 'lock', { status: 503, body: '<html>' }, 'service', ['status 503']],
    ['a cut connection', 'lock', undefined, 'unreachable', ['ECONNRESET', '5 attempts']],
  ])('%s', async (_name, call, answer, kind, words) => {
    const error = await catchFailure(call, answer);
    expect(error.kind).toBe(kind);
    expect(error.api).toMatch(/^(s3|dynamodb|sts):/);
    expect(error.cause).toBeInstanceOf(Error);
    const text = explainAwsError(error);
    expect(text.split('\n')[0]?.length).toBeLessThan(300);
    expect(text).not.toContain(testKeys.secretAccessKey);
    expect(text).not.toContain(testKeys.accessKeyId);
    for (const word of [error.api, error.failure.resource, 'egion eu-west-1', ...words])
      expect(text).toContain(word);
  });

  it('a refused connection is reported with its endpoint', async () => {
    const closed = await serve(() => undefined);
    await closed.close();
    const error = await failureAt('get', closed.url);
    expect(error.failure).toMatchObject({
      kind: 'unreachable',
      code: 'ECONNREFUSED',
      attempts: 5,
      endpoint: closed.url,
    });
    expect(explainAwsError(error)).toContain(closed.url);
  });

  it("a host name that doesn't resolve", async () => {
    const error = await failureAt('lock', 'http://nowhere.invalid:80');
    expect(error.kind).toBe('unreachable');
    expect(explainAwsError(error)).toContain('nowhere.invalid');
  });

  it("a port that doesn't speak TLS", async () => {
    server = await serve(() => undefined);
    const error = await failureAt('get', server.url.replace('http:', 'https:'));
    expect(error.kind).toBe('unreachable');
    expect(error.attempts).toBe(1);
    expect(explainAwsError(error)).toContain('`custom_ca_bundle`');
  });
});

describe('what an error never shows', () => {
  it('the signed text, which contains the session token', () => {
    const cause = new DynamoDBServiceException({
      name: 'InvalidSignatureException',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
      message: "does not match.\n\nThe Canonical String should have been 'x-amz-security-token:SESSION'",
    });
    const context = {
      api: 'dynamodb:PutItem',
      resource: table,
      principal: undefined,
      region: 'eu-west-1',
      endpoint: undefined,
      identity: undefined,
      attempts: 1,
      aborted: false,
      now: 0,
    };
    expect(toAwsError(cause, context).kind).toBe('invalid_credentials');
    expect(explainAwsError(toAwsError(cause, context))).not.toContain('SESSION');
    const odd = toAwsError({ ...cause, name: 'Odd', message: cause.message }, context);
    expect(explainAwsError(odd)).not.toContain('SESSION');
  });

  it('an error that was already translated stays unchanged', () => {
    const context = { api: 's3:GetObject', resource: 'r', principal: undefined };
    const rest = {
      region: 'eu-west-1',
      endpoint: undefined,
      identity: undefined,
      attempts: 1,
      aborted: false,
      now: 0,
    };
    const first = toAwsError(new Error('x'), { ...context, ...rest });
    expect(toAwsError(first, { ...context, ...rest, api: 's3:PutObject' })).toBe(first);
    expect(first.kind).toBe('other');
  });
});
