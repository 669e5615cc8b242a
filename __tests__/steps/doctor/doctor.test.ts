import {
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { CHECK_NAMES } from '../../../src/messages/doctor-checks.ts';
import { putItem, putObject } from '../../support/aws.ts';
import { dynamodbFailure, s3Failure } from '../../support/backend.ts';
import type { WaitDecision } from '../../support/proxy.ts';
import { makeTable, openWard, STATE, type Ward } from './support.ts';

const motoUrl = inject('motoUrl') ?? '';

/** Gives some operations their own answer. */
function answer({ proxy }: Ward, faults: Readonly<Record<string, WaitDecision>>): void {
  proxy.onRequest(({ operation }) => faults[operation] ?? 'pass');
}

const DENIED_S3 = s3Failure(403, 'AccessDenied', 'Access Denied');
const DENIED_ITEM = dynamodbFailure('AccessDeniedException', 'no');

function lockInfo(info: string): string {
  const fields = { ID: 'id-1', Operation: 'OperationTypeApply', Info: info, Who: 'alice@laptop' };
  return JSON.stringify({ ...fields, Version: '1.11.4', Created: new Date().toISOString(), Path: 'b/k' });
}

describe.skipIf(motoUrl === '')('the doctor, when all is well', () => {
  it('has one line for each check, proves every permission except a delete in S3, and passes', async () => {
    const ward = await openWard(motoUrl);
    const { clients, fixture } = ward;
    const all = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    await clients.s3.send(
      new PutPublicAccessBlockCommand({ Bucket: fixture.bucket, PublicAccessBlockConfiguration: all }),
    );
    const byDefault = { SSEAlgorithm: 'AES256' } as const;
    const Rules = [{ ApplyServerSideEncryptionByDefault: byDefault }];
    await clients.s3.send(
      new PutBucketEncryptionCommand({
        Bucket: fixture.bucket,
        ServerSideEncryptionConfiguration: { Rules },
      }),
    );
    await ward.seed(STATE);
    const { checks, outputs, error, warnings, summary } = await ward.visit({
      role_arn: fixture.roleArn,
      allowed_account_ids: '123456789012',
    });
    expect(Object.keys(checks)).toEqual([...CHECK_NAMES]);
    expect(Object.values(checks).filter((check) => !check.startsWith('ok: '))).toEqual([]);
    expect(checks.state).toContain('serial 7');
    expect(checks.permissions_hold).toContain('dynamodb:PutItem, dynamodb:DeleteItem, s3:PutObject');
    expect(outputs).toMatchObject({ healthy: 'true', reason_code: 'healthy' });
    expect(JSON.parse(outputs.result ?? '')).toMatchObject({ schema_version: 1, ok: true, use: 'hold' });
    expect(error).toBeUndefined();
    expect(warnings.filter((line) => line.startsWith('⚠'))).toEqual([]);
    expect(summary).toContain('### 🩺 Terraform state: healthy');
  });

  it("tries writes with conditions that can't hold, and an object with a wrong MD5", async () => {
    const ward = await openWard(motoUrl);
    await ward.seed(STATE);
    await ward.visit({ use_lockfile: 'true' });
    const sent = ward.proxy.requests;
    const puts = sent.filter(({ operation }) => operation === 'PutObject');
    expect(puts.map(({ path }) => path.split('?')[0]).sort()).toEqual(
      [ward.lockId, `${ward.lockId}.rescue/doctor`, `${ward.lockId}.tflock`].map((path) => `/${path}`),
    );
    for (const { headers, status } of puts) {
      expect(headers['if-match']).toBe('"no-object-has-this-etag"');
      expect(headers['content-md5']).toBeDefined();
      expect(status).toBeGreaterThanOrEqual(400);
    }
    const writes = sent.filter(({ operation }) => /^(Put|Delete|Update)Item$/.test(operation));
    expect(writes).toHaveLength(3);
    for (const { body, status } of writes) {
      expect(JSON.parse(body.toString('utf8')).ConditionExpression).toBe(
        'attribute_exists(LockID) AND attribute_not_exists(LockID)',
      );
      expect(status).toBe(400);
    }
  });

  it('tries no write in a store other than AWS', async () => {
    const ward = await openWard(motoUrl);
    const { url } = ward.proxy;
    const { checks, calls, outputs } = await ward.visit({
      endpoint: url,
      dynamodb_endpoint: url,
      use_lockfile: 'true',
    });
    expect(calls.filter((call) => /Put|Delete|Update|Create/.test(call))).toEqual([]);
    expect(checks.permissions_hold).toMatch(
      /^not_checked: proved: [^(]*; not checked \(the doctor sends [^()]* only to AWS itself\): dynamodb:PutItem on item /,
    );
    expect(checks.permissions_hold?.split('only to AWS itself')).toHaveLength(2);
    expect(outputs.healthy).toBe('true');
  });

  it.each([
    ['outputs', ['permissions_hold', 'permissions_unlock'], /^not_checked: reading outputs takes no lock/],
    [
      'unlock',
      ['permissions_hold', 'permissions_outputs'],
      /^ok: the lock in table \S+ is held by alice@laptop/,
    ],
  ])('use: %s checks what such a job needs', async (use, without, lock) => {
    const ward = await openWard(motoUrl);
    await ward.seed(STATE);
    await putItem(ward.clients, ward.fixture.table, ward.lockId, { Info: lockInfo('') });
    const { checks, outputs } = await ward.visit({ use });
    expect(outputs.healthy).toBe('true');
    expect(checks[`permissions_${use}`]).toMatch(/^ok: /);
    expect(Object.keys(checks)).not.toEqual(expect.arrayContaining(without));
    expect(checks.lock).toMatch(lock);
  });
});

describe.skipIf(motoUrl === '')('the doctor fails for what would break a job', () => {
  it.each<[string, string, WaitDecision, RegExp]>([
    [
      'a missing bucket',
      'HeadBucket',
      { status: 404 },
      /^failed: \S+ does not exist in region us-east-1 → check `bucket`/,
    ],
    [
      'a bucket in another region (301)',
      'HeadBucket',
      { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
      /^failed: \S+ is in eu-west-1, but `region` is us-east-1 → set `region: eu-west-1`/,
    ],
    [
      'a bucket in another region (400)',
      'HeadBucket',
      { status: 400, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
      /is in eu-west-1/,
    ],
    [
      'a bucket in another region (refused)',
      'HeadBucket',
      { status: 403, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
      /is in eu-west-1/,
    ],
  ])('%s', async (_, operation, fault, expected) => {
    const ward = await openWard(motoUrl);
    answer(ward, { [operation]: fault });
    const { checks, outputs, error } = await ward.visit();
    expect(checks.bucket).toMatch(expected);
    expect(outputs).toMatchObject({ healthy: 'false', reason_code: 'unhealthy' });
    expect(error).toMatch(/^A job that holds the state \S+ would fail:\n✗ Bucket, region: /);
  });

  it.each([
    ['another name', [{ name: 'id', type: 'S' }], 'partition key `id` (S)'],
    ['another type', [{ name: 'LockID', type: 'N' }], 'partition key `LockID` (N)'],
    [
      'a sort key',
      [
        { name: 'LockID', type: 'S' },
        { name: 'at', type: 'N' },
      ],
      'sort key `at` (N)',
    ],
  ] as const)('a table whose key has %s', async (_, keys, found) => {
    const ward = await openWard(motoUrl);
    const table = await makeTable(ward, keys);
    const { checks, outputs } = await ward.visit({ dynamodb_table: table });
    expect(checks.table).toMatch(/^failed: .*the partition key must be `LockID` \(S\)/);
    expect(checks.table).toContain(found);
    expect(outputs.healthy).toBe('false');
  });

  it('such a table, even if only its items may be read', async () => {
    const ward = await openWard(motoUrl);
    const message = 'The provided key element does not match the schema';
    answer(ward, { DescribeTable: DENIED_ITEM, GetItem: dynamodbFailure('ValidationException', message) });
    const { checks } = await ward.visit();
    expect(checks.table).toMatch(/^failed: dynamodb:GetItem .*must have the partition key `LockID`/);
    expect(checks.lock).toBe('not_checked: the table has another key');
  });

  it('a missing table', async () => {
    const ward = await openWard(motoUrl);
    const { checks } = await ward.visit({ dynamodb_table: 'no-such-table' });
    expect(checks.table).toMatch(
      /^failed: .*doesn't exist in region us-east-1.* → aws dynamodb create-table .*LockID/,
    );
    expect(checks.lock).toBe('not_checked: there is no such table');
  });

  it('an invalid state, or one with another digest', async () => {
    const ward = await openWard(motoUrl);
    await ward.seed('no state');
    expect((await ward.visit()).checks.state).toMatch(/^failed: .*is not a usable Terraform state/);
    await ward.seed(STATE);
    await putObject(ward.clients, ward.fixture.bucket, ward.key, STATE.replace('7', '8'));
    const { checks, outputs, calls } = await ward.visit();
    expect(checks.state).toMatch(/^ok: .*can be read$/);
    expect(checks.digest).toMatch(
      /^failed: the object has the MD5 \w{32}, but table \S+ has \w{32} → .*put-item/,
    );
    expect(outputs.healthy).toBe('false');
    // One more look for a writer that was between the two.
    expect(calls.filter((call) => call === 'GetObject')).toHaveLength(2);
  });

  it('a lock in the table or the lock file: by whom, since when and how to free it', async () => {
    const ward = await openWard(motoUrl);
    await putItem(ward.clients, ward.fixture.table, ward.lockId, { Info: lockInfo('') });
    const inTable = await ward.visit();
    expect(inTable.checks.lock).toMatch(
      /^failed: the lock in table \S+ is held by alice@laptop \(OperationTypeApply\) for \ds → .*terraform force-unlock id-1$/,
    );
    expect(inTable.outputs.healthy).toBe('false');
    await putObject(ward.clients, ward.fixture.bucket, `${ward.key}.tflock`, lockInfo(''));
    const inBoth = await ward.visit({ use_lockfile: 'true' });
    expect(inBoth.checks.lock).toMatch(/^failed: the lock in table \S+ and the lock file s3:/);
  });

  it('but not the lock of this very run', async () => {
    const ward = await openWard(motoUrl);
    const job = {
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/infra',
      GITHUB_RUN_ID: '7',
    };
    const run = 'https://github.com/acme/infra/actions/runs/7/attempts/1';
    await putItem(ward.clients, ward.fixture.table, ward.lockId, { Info: lockInfo(`acme/infra, ${run}`) });
    const { checks, outputs } = await ward.visit({}, job);
    expect(checks.lock).toMatch(/^ok: the lock in table \S+ is held by this run$/);
    expect(outputs.healthy).toBe('true');
  });

  it.each<[string, Record<string, string>, WaitDecision, RegExp]>([
    [
      'PutItem',
      {},
      DENIED_ITEM,
      /not allowed: dynamodb:PutItem on item \S+ of table \S+; dynamodb:PutItem on item \S+-md5/,
    ],
    [
      'DeleteItem',
      { use: 'unlock' },
      DENIED_ITEM,
      /not allowed: dynamodb:DeleteItem on item \S+ of table \S+ → add dynamodb:DeleteItem to the policy of arn:aws/,
    ],
    ['GetObject', { use: 'outputs' }, DENIED_S3, /not allowed: s3:GetObject on s3:\S+app.tfstate/],
    [
      'PutObject',
      {},
      DENIED_S3,
      /not allowed: s3:PutObject on s3:\S+app.tfstate; s3:PutObject on s3:\S+rescue/,
    ],
  ])('a permission that a job lacks: %s', async (operation, inputs, fault, expected) => {
    const ward = await openWard(motoUrl);
    answer(ward, { [operation]: fault });
    const { checks, outputs, error } = await ward.visit(inputs);
    const { use = 'hold' } = inputs;
    expect(checks[`permissions_${use}`]).toMatch(/^failed: /);
    expect(checks[`permissions_${use}`]).toMatch(expected);
    expect(outputs.healthy).toBe('false');
    expect(error).toContain('not allowed');
  });

  it('no credentials or those of another account, without further checks', async () => {
    const ward = await openWard(motoUrl);
    const nobody = { access_key: '', secret_key: '', skip_metadata_api_check: 'true' };
    const none = await ward.visit(nobody);
    expect(none.checks.credentials).toMatch(/^failed: .*there are no AWS credentials/);
    expect(none.checks.bucket).toBe('not_checked: there are no credentials to check with');
    expect(none.calls).toEqual([]);
    const other = await ward.visit({ forbidden_account_ids: '123456789012' });
    expect(other.checks.account).toMatch(/^failed: .*account 123456789012 is in forbidden_account_ids/);
    expect(other.calls).toEqual(['GetCallerIdentity']);
  });

  it("a role that can't be assumed", async () => {
    const ward = await openWard(motoUrl);
    const body =
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';
    answer(ward, { AssumeRole: { status: 403, headers: { 'content-type': 'text/xml' }, body } });
    const { checks, log } = await ward.visit({ role_arn: ward.fixture.roleArn });
    expect(checks.credentials).toMatch(/^failed: sts:AssumeRole on role .*trust policy/);
    expect(log).toContain('sts:AssumeRole on role');
  });
});

describe.skipIf(motoUrl === '')('advice breaks no job', () => {
  it('versioning, encryption and public access: a warning with the command', async () => {
    const ward = await openWard(motoUrl);
    const suspended = { Status: 'Suspended' } as const;
    await ward.clients.s3.send(
      new PutBucketVersioningCommand({ Bucket: ward.fixture.bucket, VersioningConfiguration: suspended }),
    );
    const { checks, outputs, warnings, error } = await ward.visit();
    expect(checks.versioning).toMatch(
      /^advice: suspended: .* → aws s3api put-bucket-versioning .*Status=Enabled$/,
    );
    expect(checks.encryption).toMatch(/^advice: .* → aws s3api put-bucket-encryption/);
    expect(checks.public_access).toMatch(
      /^advice: not on: BlockPublicAcls, .* → aws s3api put-public-access-block/,
    );
    expect(warnings.filter((line) => line.startsWith('⚠'))).toHaveLength(3);
    expect([outputs.healthy, error]).toEqual(['true', undefined]);
    const asked = await ward.visit({ encrypt: 'true' });
    expect(asked.checks.encryption).toMatch(/^ok: none by default, but `encrypt` encrypts each state/);
  });

  it('no digest for a state, no state for outputs, no lock at all', async () => {
    const ward = await openWard(motoUrl);
    expect((await ward.visit()).checks).toMatchObject({
      state: expect.stringMatching(/^ok: there is none/),
      digest: expect.stringMatching(/^ok: /),
    });
    expect((await ward.visit({ use: 'outputs' })).checks.state).toMatch(/^advice: .*allow_missing/);
    await putObject(ward.clients, ward.fixture.bucket, ward.key, STATE);
    expect((await ward.visit()).checks.digest).toMatch(/^advice: table \S+ has none/);
    const bare = await ward.visit({ dynamodb_table: '' });
    expect(bare.checks.lock).toMatch(/^advice: nothing locks this state/);
    expect(bare.outputs.healthy).toBe('true');
  });

  it("a check that isn't allowed is skipped and names the permission it needs", async () => {
    const ward = await openWard(motoUrl);
    await ward.seed(STATE);
    answer(ward, {
      GetBucketVersioning: DENIED_S3,
      GetBucketEncryption: DENIED_S3,
      GetPublicAccessBlock: DENIED_S3,
      DescribeTable: DENIED_ITEM,
      HeadBucket: { status: 403 },
    });
    const { checks, outputs, error } = await ward.visit();
    expect(checks.versioning).toMatch(
      /^not_checked: not allowed: s3:GetBucketVersioning on .* → add s3:GetBucketVersioning/,
    );
    expect(checks.encryption).toContain('add s3:GetEncryptionConfiguration');
    expect(checks.public_access).toContain('add s3:GetBucketPublicAccessBlock');
    expect(checks.bucket).toMatch(/^not_checked: .*s3:ListBucket/);
    expect(checks.table).toMatch(/^ok: .* can be read by its `LockID`/);
    // Without it no new state can begin, but this one can be used.
    expect(checks.permissions_hold).toMatch(/^advice: not allowed: s3:ListBucket/);
    expect([outputs.healthy, error]).toEqual(['true', undefined]);
  });
});

describe.skipIf(motoUrl === '')('inputs of the doctor', () => {
  it('are refused before any call, all problems at once', async () => {
    const ward = await openWard(motoUrl);
    const { outputs, calls } = await ward.visit({ use: 'everything', bucket: '' });
    expect(outputs).toMatchObject({ reason_code: 'invalid_input' });
    expect(outputs).not.toHaveProperty('healthy');
    expect(JSON.parse(outputs.result ?? '').inputs.sort()).toEqual(['bucket', 'use']);
    expect(calls).toEqual([]);
    expect((await ward.visit({ use: 'unlock', dynamodb_table: '' })).outputs.reason_code).toBe(
      'invalid_input',
    );
  });
});
