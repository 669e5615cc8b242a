import { describe, expect, it } from 'vitest';
import { readBackend } from '../job-state/support.ts';
import { plainAwsSettings, plainRole } from '../support/aws-settings.ts';

/** Names of the inputs that are refused. */
const refused = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
  readBackend(inputs, env).problems.map(({ input }) => input);

describe('the settings of a backend "s3" block', () => {
  it("have Terraform's defaults", () => {
    const { settings, problems, warnings, skipCredentialsValidation } = readBackend();
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
    expect(skipCredentialsValidation).toBe(false);
    expect(settings).toEqual({
      address: {
        bucket: 'b',
        workspace: 'default',
        objectKey: 'k/app.tfstate',
        lockFileKey: 'k/app.tfstate.tflock',
        lockPath: 'b/k/app.tfstate',
        digestPath: 'b/k/app.tfstate-md5',
      },
      table: 'locks',
      useLockfile: false,
      objects: { encrypt: false, kmsKeyId: undefined, customerKey: undefined, acl: undefined },
      aws: plainAwsSettings,
    });
  });

  it('are all accepted under the names of the documentation', () => {
    const { settings, problems, skipCredentialsValidation } = readBackend({
      dynamodb_table: '',
      lock_table: 'old-locks',
      workspace: 'dev',
      workspace_key_prefix: 'states',
      encrypt: 'true',
      kms_key_id: 'alias/state',
      acl: 'bucket-owner-full-control',
      access_key: 'AKIA',
      secret_key: 'secret',
      token: 'token',
      profile: 'ci',
      shared_credentials_file: '/aws/other',
      endpoint: 'https://s3.local',
      dynamodb_endpoint: 'https://dynamodb.local',
      sts_endpoint: 'https://sts.local',
      force_path_style: 'true',
      max_retries: '9',
      skip_credentials_validation: 'true',
      skip_metadata_api_check: 'true',
      skip_requesting_account_id: 'true',
      role_arn: 'arn:aws:iam::123456789012:role/state',
      session_name: 'ci',
      external_id: 'x1',
      assume_role_policy: '{"Version":"2012-10-17"}',
    });
    expect(problems).toEqual([]);
    expect(skipCredentialsValidation).toBe(true);
    expect(settings.address.objectKey).toBe('states/dev/k/app.tfstate');
    expect(settings.table).toBe('old-locks');
    expect(settings.objects).toEqual({
      encrypt: true,
      kmsKeyId: 'alias/state',
      customerKey: undefined,
      acl: 'bucket-owner-full-control',
    });
    expect(settings.aws).toEqual({
      ...plainAwsSettings,
      endpoints: { s3: 'https://s3.local', dynamodb: 'https://dynamodb.local', sts: 'https://sts.local' },
      usePathStyle: true,
      maxAttempts: 9,
      credentials: {
        static: { accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' },
        profile: 'ci',
        sharedCredentialsFiles: ['/aws/other'],
        sharedConfigFiles: [],
        skipMetadataApiCheck: true,
        metadata: { endpoint: undefined, mode: undefined },
        webIdentity: undefined,
        via: [],
        isPolicyOptional: false,
        assumeRole: {
          ...plainRole,
          roleArn: 'arn:aws:iam::123456789012:role/state',
          sessionName: 'ci',
          externalId: 'x1',
          policy: '{"Version":"2012-10-17"}',
          tags: expect.any(Array),
        },
      },
    });
  });
});

describe("the account of a store's keys", () => {
  const store = { endpoint: 'http://s3.local' };
  const rule = { allowed_account_ids: '111122223333' };
  const read = (inputs: Record<string, string>) => {
    const { settings, skipCredentialsValidation, warnings } = readBackend(inputs);
    return { skipped: skipCredentialsValidation, allowed: settings.aws.accounts.allowed, warnings };
  };

  it("is not requested from AWS's STS, and a warning says that account rules are not checked", () => {
    expect(read(store)).toEqual({ skipped: true, allowed: [], warnings: [] });
    expect(read({ ...store, ...rule })).toEqual({
      skipped: true,
      allowed: [],
      warnings: [expect.stringMatching(/^allowed_account_ids is not checked: .*set sts_endpoint\.$/)],
    });
  });

  it.each([
    ['for a store with its own STS', { ...store, sts_endpoint: 'http://sts.local' }],
    ['on request', { ...store, skip_credentials_validation: 'false' }],
    ["for AWS's S3 under its own name", { endpoint: 'https://s3.eu-west-1.amazonaws.com' }],
    ['for AWS', {}],
  ])('is requested %s, and account rules apply', (_, inputs) => {
    expect(read({ ...inputs, ...rule })).toMatchObject({ skipped: false, allowed: ['111122223333'] });
  });

  it('is known from the session of a role, whichever STS opened it', () => {
    const role = { role_arn: 'arn:aws:iam::111122223333:role/state' };
    expect(read({ ...store, ...rule, ...role })).toMatchObject({ allowed: ['111122223333'], warnings: [] });
  });
});

describe('where the state is', () => {
  it('bucket and key are required', () => {
    expect(refused({ bucket: '  ', key: '' })).toEqual(['bucket', 'key']);
  });

  it('its text is normalised to NFC, as Terraform does for everything except the workspace', () => {
    const where = { key: 'e\u0301/k', workspace_key_prefix: 'e\u0301', workspace: 'e\u0301' };
    expect(readBackend(where).settings.address.objectKey).toBe('\u00e9/e\u0301/\u00e9/k');
  });

  it('a path belongs in key, not in bucket; an access point is accepted', () => {
    expect(refused({ bucket: 'b/states' })).toEqual(['bucket']);
    expect(refused({ bucket: 'arn:aws:s3:eu-west-1:123456789012:accesspoint/state' })).toEqual([]);
  });

  it('the rules of a location apply', () => {
    expect(refused({ key: '/a//b', workspace: 'a b', workspace_key_prefix: 'x/' })).toEqual([
      'workspace',
      'key',
      'key',
      'workspace_key_prefix',
    ]);
    expect(refused({ key: 'k-md5' })).toEqual(['key']);
  });

  it('the workspace comes from the input, then from TF_WORKSPACE', () => {
    const env = { TF_WORKSPACE: 'staging' };
    expect(readBackend({ workspace: 'dev' }, env).settings.address.workspace).toBe('dev');
    expect(readBackend({}, env).settings.address.objectKey).toBe('env:/staging/k/app.tfstate');
    expect(readBackend({}, { TF_WORKSPACE: '' }).settings.address.workspace).toBe('default');
    expect(refused({}, { TF_WORKSPACE: '..' })).toEqual(['workspace']);
  });

  it.each([
    ['', 'env:/dev/k/app.tfstate'],
    ['""', 'dev/k/app.tfstate'],
    ['states', 'states/dev/k/app.tfstate'],
  ])('prefix %j gives %s', (prefix, objectKey) => {
    const { settings, problems } = readBackend({ workspace: 'dev', workspace_key_prefix: prefix });
    expect(problems).toEqual([]);
    expect(settings.address.objectKey).toBe(objectKey);
  });
});

describe('the lock table', () => {
  it('lock_table is an alias; both are accepted if they agree and refused if they differ', () => {
    expect(readBackend({ lock_table: 'locks' }).problems).toEqual([]);
    expect(readBackend({ lock_table: 'other' }).problems).toEqual([
      {
        input: 'lock_table',
        value: 'other',
        fix: 'it differs from dynamodb_table (locks): remove lock_table',
      },
    ]);
  });

  it.each(['ab', 'a/b', 'a b', 'x'.repeat(256)])('%s is not a table name', (table) => {
    expect(refused({ dynamodb_table: table })).toEqual(['dynamodb_table']);
    expect(refused({ dynamodb_table: '', lock_table: table })).toEqual(['lock_table']);
  });

  it('a name or an ARN is accepted', () => {
    expect(refused({ dynamodb_table: 'a.b_c-9' })).toEqual([]);
    expect(refused({ dynamodb_table: 'arn:aws:dynamodb:eu-west-1:123456789012:table/locks' })).toEqual([]);
  });
});

describe('encryption', () => {
  const uuid = '1234abcd-12ab-34cd-96ef-1234567890ab';

  it.each([
    uuid,
    uuid.toUpperCase(),
    `mrk-${'0a'.repeat(16)}`,
    'alias/my/state_key-1',
    `arn:aws:kms:eu-west-1:123456789012:key/${uuid}`,
    `arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-${'0a'.repeat(16)}`,
    'arn:aws:kms:eu-west-1:123456789012:alias/state',
  ])('KMS key %s is accepted', (kmsKeyId) => {
    const { settings, problems, warnings } = readBackend({ encrypt: 'true', kms_key_id: kmsKeyId });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
    expect(settings.objects.kmsKeyId).toBe(kmsKeyId);
  });

  it.each([
    'junk alias/foo',
    `${uuid}junk`,
    `junk mrk-${'0a'.repeat(16)}`,
    'mrk-123',
    'alias/',
    '1234abcd-12ab-64cd-96ef-1234567890ab',
    `arn:aws:s3:eu-west-1:123456789012:key/${uuid}`,
    'arn:aws:kms:eu-west-1:123456789012:state',
    'state',
  ])('KMS key %s is refused, some of which Terraform accepts', (kmsKeyId) => {
    expect(refused({ encrypt: 'true', kms_key_id: kmsKeyId })).toEqual(['kms_key_id']);
  });

  it('a key without encrypt has no effect, and a warning says so', () => {
    const { settings, warnings } = readBackend({ kms_key_id: uuid });
    expect(settings.objects).toMatchObject({ encrypt: false, kmsKeyId: uuid });
    expect(warnings).toEqual([expect.stringContaining('kms_key_id has no effect')]);
  });
});

it('deprecated inputs without effect are accepted, and say so', () => {
  const { problems, warnings } = readBackend({
    skip_get_ec2_platforms: 'true',
    iam_endpoint: 'http://iam.local',
  });
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    expect.stringContaining('iam_endpoint has no effect'),
    expect.stringContaining('skip_get_ec2_platforms is deprecated'),
  ]);
});

it.each([
  'encrypt',
  'use_path_style',
  'force_path_style',
  'skip_credentials_validation',
  'skip_region_validation',
  'skip_metadata_api_check',
  'skip_requesting_account_id',
  'skip_get_ec2_platforms',
])('%s takes true or false and nothing else', (name) => {
  expect(refused({ [name]: 'yes' })).toEqual([name]);
  expect(refused({ [name]: 'false' })).toEqual([]);
});
