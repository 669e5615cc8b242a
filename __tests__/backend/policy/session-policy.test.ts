import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateAddress } from '../../../src/backend/address.ts';
import { sessionPolicy } from '../../../src/backend/policy/session-policy.ts';
import type { SessionUse } from '../../../src/backend/policy/uses.ts';
import type { BackendSettings, ObjectOptions } from '../../../src/backend/settings.ts';
import { plainAwsSettings } from '../../support/aws-settings.ts';
import { allowedBy, type IamCall } from '../../support/iam.ts';

const ROLE = 'arn:aws:iam::123456789012:role/state';
const KEY_ARN = 'arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-4234-8234-123456789012';

interface Sketch extends Partial<Omit<BackendSettings, 'address' | 'objects' | 'aws'>> {
  readonly bucket?: string;
  readonly key?: string;
  readonly workspace?: string;
  readonly region?: string;
  readonly objects?: Partial<ObjectOptions>;
}

function settings(sketch: Sketch = {}): BackendSettings {
  const { bucket = 'states', key = 'network/app.tfstate', workspace = 'default' } = sketch;
  const { region = 'eu-west-1', objects } = sketch;
  return {
    address: stateAddress({ bucket, key, workspace, workspaceKeyPrefix: 'env:' }),
    table: 'table' in sketch ? sketch.table : 'locks',
    useLockfile: sketch.useLockfile ?? true,
    objects: { encrypt: false, kmsKeyId: undefined, customerKey: undefined, acl: undefined, ...objects },
    aws: { ...plainAwsSettings, region },
  };
}

const made = (use: SessionUse, ...sketches: [Sketch, ...Sketch[]]) => {
  const [first, ...others] = sketches;
  return sessionPolicy(use, [settings(first), ...others.map(settings)], ROLE);
};
const toText = (use: SessionUse, ...sketches: [Sketch, ...Sketch[]]) => made(use, ...sketches)?.text ?? '';

const onObject = (action: string, key: string, bucket = 'states'): IamCall => ({
  action: `s3:${action}`,
  resource: `arn:aws:s3:::${bucket}/${key}`,
  context: {},
});
const onItem = (action: string, key: string, table = 'locks'): IamCall => ({
  action: `dynamodb:${action}`,
  resource: `arn:aws:dynamodb:eu-west-1:123456789012:table/${table}`,
  context: { 'dynamodb:LeadingKeys': [key] },
});
const onKey = (action: string, resource: string, service: string): IamCall => ({
  action: `kms:${action}`,
  resource,
  context: { 'kms:ViaService': [`${service}.amazonaws.com`] },
});
const allows = (policy: string, call: IamCall) => allowedBy(policy, call).length > 0;

const STATE = 'network/app.tfstate';
const LOCK = `states/${STATE}`;

describe('the session policy', () => {
  it('has the form that IAM expects', () => {
    expect(JSON.parse(toText('hold', { useLockfile: false, objects: { encrypt: true } }))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:PutObject'],
          Resource: [`arn:aws:s3:::states/${STATE}`, `arn:aws:s3:::states/${STATE}.rescue/*`],
        },
        { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: 'arn:aws:s3:::states' },
        {
          Effect: 'Allow',
          Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
          Resource: 'arn:aws:dynamodb:eu-west-1:123456789012:table/locks',
          Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [LOCK, `${LOCK}-md5`] } },
        },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt'],
          Resource: '*',
          Condition: { StringLike: { 'kms:ViaService': ['s3.eu-west-1.*', 'dynamodb.eu-west-1.*'] } },
        },
      ],
    });
  });

  it.each([
    ['the state', onObject('PutObject', STATE), true],
    ['a rescue copy', onObject('PutObject', `${STATE}.rescue/1-1`), true],
    ['the lock file', onObject('DeleteObject', `${STATE}.tflock`), true],
    ['the lock', onItem('DeleteItem', LOCK), true],
    ['the digest', onItem('PutItem', `${LOCK}-md5`), true],
    ['deleting the state', onObject('DeleteObject', STATE), false],
    ['the state of a workspace', onObject('GetObject', `env:/dev/${STATE}`), false],
    ['a neighbour', onObject('GetObject', `${STATE}2`), false],
    ['another bucket', onObject('GetObject', STATE, 'states2'), false],
    ['another lock', onItem('GetItem', 'states/other.tfstate'), false],
    ['another table', onItem('GetItem', LOCK, 'locks2'), false],
    ['scanning the table', onItem('Scan', LOCK), false],
    ['KMS by itself', onKey('Decrypt', KEY_ARN, 'ec2.eu-west-1'), false],
    ['KMS in another region', onKey('Decrypt', KEY_ARN, 's3.us-east-1'), false],
  ] as const)('hold, %s: %o, %s', (_, call, expected) => {
    expect(allows(toText('hold', {}), call)).toBe(expected);
  });

  it("of outputs/ can't write or see a lock, and that of free can't see a state", () => {
    const outputs = toText('outputs', {});
    expect(allows(outputs, onObject('GetObject', STATE))).toBe(true);
    expect(allows(outputs, onItem('GetItem', `${LOCK}-md5`))).toBe(true);
    expect(allows(outputs, onItem('GetItem', LOCK))).toBe(false);
    expect(outputs).not.toMatch(/Put|Delete|GenerateDataKey|tflock|rescue/);
    const free = toText('free', {});
    expect(allows(free, onObject('DeleteObject', `${STATE}.tflock`))).toBe(true);
    expect(allows(free, onItem('DeleteItem', LOCK))).toBe(true);
    expect(allows(free, onObject('GetObject', STATE))).toBe(false);
    expect(free).not.toMatch(/Put|md5/);
  });

  it('of unlock/ frees the lock and, with a table, reads the state to repair its digest, but takes no lock', () => {
    const unlock = toText('unlock', {});
    const digest = `${LOCK}-md5`;
    const allowed = [
      onObject('DeleteObject', `${STATE}.tflock`),
      onItem('DeleteItem', LOCK),
      onObject('GetObject', STATE),
      onItem('PutItem', digest),
    ];
    const refused = [
      onObject('PutObject', `${STATE}.tflock`),
      onObject('PutObject', STATE),
      onItem('PutItem', LOCK),
      onItem('DeleteItem', digest),
      onObject('GetObject', `${STATE}.rescue/1-1`),
    ];
    for (const call of allowed) expect(allows(unlock, call)).toBe(true);
    for (const call of refused) expect(allows(unlock, call)).toBe(false);
    expect(toText('unlock', { table: undefined })).toBe(toText('free', { table: undefined }));
  });

  it('of a lock-only job holds the lock in both stores, and sees neither state nor digest', () => {
    const lock = toText('lock', { objects: { acl: 'private' } });
    for (const action of ['GetObject', 'PutObject', 'PutObjectAcl', 'DeleteObject']) {
      expect(allows(lock, onObject(action, `${STATE}.tflock`))).toBe(true);
      expect(allows(lock, onObject(action, STATE))).toBe(false);
    }
    for (const action of ['GetItem', 'PutItem', 'DeleteItem']) {
      expect(allows(lock, onItem(action, LOCK))).toBe(true);
      expect(allows(lock, onItem(action, `${LOCK}-md5`))).toBe(false);
    }
    expect(allows(lock, onKey('GenerateDataKey', KEY_ARN, 's3.eu-west-1'))).toBe(true);
    expect(lock).not.toContain('rescue');
  });

  it.each(['lock', 'free'] as const)('of %s needs nothing in S3 when the lock is only an item', (use) => {
    const policy = toText(use, { useLockfile: false });
    expect(policy).not.toMatch(/s3|GenerateDataKey/);
    expect(allows(policy, onKey('Decrypt', KEY_ARN, 'dynamodb.eu-west-1'))).toBe(true);
    expect(toText(use, { table: undefined })).not.toContain('dynamodb');
  });

  it("names no table or lock file that isn't configured", () => {
    expect(toText('hold', { table: undefined })).not.toContain('dynamodb');
    expect(toText('hold', { useLockfile: false })).not.toContain('tflock');
    expect(toText('free', { useLockfile: false })).not.toContain('"s3:');
  });

  it('grants an ACL its own permission, on state and lock file', () => {
    const policy = toText('hold', { objects: { acl: 'private' } });
    for (const key of [STATE, `${STATE}.tflock`]) {
      expect(allows(policy, onObject('PutObjectAcl', key))).toBe(true);
    }
    expect(toText('hold', {})).not.toContain('Acl');
  });

  it("encrypts with the given key or the bucket's, and decrypts what an earlier key encrypted", () => {
    const other = KEY_ARN.replace(/012$/, '999');
    const given = toText('hold', { objects: { encrypt: true, kmsKeyId: KEY_ARN } });
    expect(allows(given, onKey('GenerateDataKey', KEY_ARN, 's3.eu-west-1'))).toBe(true);
    expect(allows(given, onKey('GenerateDataKey', other, 's3.eu-west-1'))).toBe(false);
    expect(allows(given, onKey('Decrypt', other, 's3.eu-west-1'))).toBe(true);
    expect(allows(given, onKey('Decrypt', other, 'dynamodb.eu-west-1'))).toBe(true);
    expect(allows(toText('hold', {}), onKey('GenerateDataKey', other, 's3.eu-west-1'))).toBe(true);
    expect(toText('hold', { objects: { encrypt: true } })).not.toContain('GenerateDataKey');
    // Without encrypt a key has no effect.
    expect(toText('hold', { objects: { kmsKeyId: KEY_ARN } })).not.toContain(KEY_ARN);
  });

  it('uses the ARNs of the partition in China', () => {
    const table = 'arn:aws-cn:dynamodb:cn-north-1:210987654321:table/locks';
    const policy = toText('hold', { region: 'cn-north-1', table: table });
    expect(policy).toContain('"arn:aws-cn:s3:::states/network/app.tfstate"');
    expect(policy).toContain(`"${table}"`);
    expect(policy).not.toContain('arn:aws:');
  });

  it('names the object behind an access point there and in the bucket, but only through that access point', () => {
    const bucket = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/states';
    const policy = toText('hold', { bucket });
    const context = { 's3:DataAccessPointArn': [bucket] };
    const call = (resource: string, how = {}) => ({ action: 's3:GetObject', resource, context: how });
    expect(allows(policy, call(`${bucket}/object/${STATE}`, context))).toBe(true);
    expect(allows(policy, call(`arn:aws:s3:::some-bucket/${STATE}`, context))).toBe(true);
    expect(allows(policy, call(`arn:aws:s3:::some-bucket/${STATE}`))).toBe(false);
    expect(allows(policy, call(`${bucket}/object/other`, context))).toBe(false);
    expect(allows(policy, onItem('PutItem', `${bucket}/${STATE}`))).toBe(true);
  });
});

describe('the names of states in a session policy', () => {
  const key = fc
    .array(
      fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('*', '?', '${', '$', '"')),
      {
        minLength: 1,
        maxLength: 30,
      },
    )
    .map((parts) => parts.join(''));

  it('are allowed by the policy, whose text STS accepts, whatever they are', () => {
    fc.assert(
      fc.property(key, fc.nat(40), (name, times) => {
        const long = `${name}${'/x'.repeat(times * 10)}`;
        const policy = made('hold', { key: long });
        const text = policy?.text ?? '';
        expect(text.length).toBeLessThanOrEqual(2048);
        expect(text).toMatch(/^[ -~]+$/);
        for (const call of [
          onObject('PutObject', long),
          onObject('PutObject', `${long}.rescue/7-1-x`),
          onObject('DeleteObject', `${long}.tflock`),
          onItem('DeleteItem', `states/${long}`),
          onItem('PutItem', `states/${long}-md5`),
        ]) {
          expect(allows(text, call)).toBe(true);
        }
      }),
    );
  });

  it('are literal when they fit: IAM wildcards and variables in them are escaped', () => {
    fc.assert(
      fc.property(key, key, (name, other) => {
        fc.pre(name !== other && !other.startsWith(`${name}.rescue/`));
        const policy = made('hold', { key: name });
        fc.pre(policy?.keys.exact === true);
        expect(allows(policy?.text ?? '', onObject('GetObject', other))).toBe(false);
        expect(allows(policy?.text ?? '', onItem('GetItem', `states/${other}`))).toBe(
          other === `${name}-md5`,
        );
      }),
    );
  });

  it('are listed when there are several, and shortened to their common prefix when there are too many', () => {
    const named = made('outputs', { workspace: 'a' }, { workspace: 'b' }, { key: 'other' });
    expect(named?.keys).toEqual({
      patterns: [`env:/a/${STATE}`, `env:/b/${STATE}`, 'other'],
      exact: true,
    });
    const many = Array.from({ length: 40 }, (_, i) => ({ workspace: `stage-${i}` }));
    const common = made('outputs', {}, ...many.slice(1).map((sketch) => sketch));
    expect(common?.keys).toEqual({ patterns: [`*${STATE}`], exact: false });
    const [first = {}, ...rest] = many;
    expect(made('outputs', first, ...rest)?.keys.patterns).toEqual([`env:/stage-*/${STATE}`]);
  });

  it('are shortened to beginning and end when too long', () => {
    const long = `first/${'x'.repeat(900)}/last.tfstate`;
    const [pattern = ''] = made('hold', { key: long })?.keys.patterns ?? [];
    expect(pattern).toMatch(/^first\/x+\*x+\/last\.tfstate$/);
    expect(allows(toText('hold', { key: long }), onObject('GetObject', 'first/other.tfstate'))).toBe(false);
  });

  it('are left without a policy when the names of table or key alone are too long', () => {
    expect(made('hold', { table: `arn:${'x'.repeat(2048)}` })).toBeUndefined();
  });
});

it('a session that never pushes may read the state, and write nothing but lock, digest and rescue copies', () => {
  const { text } = sessionPolicy('pull', [settings({})], ROLE) ?? { text: '{}' };
  const statements: unknown = JSON.parse(text).Statement;
  const writing = Array.isArray(statements)
    ? statements.filter(({ Action }) => JSON.stringify(Action).includes('s3:PutObject'))
    : [];
  expect(writing).toHaveLength(2);
  expect(JSON.stringify(writing)).toMatch(/\.rescue\/\*"/);
  expect(JSON.stringify(writing)).not.toMatch(/app\.tfstate"/);
});

describe('a session with tags', () => {
  const taggedSids = (use: SessionUse, objects: NonNullable<Sketch['objects']>): string[] => {
    const { Statement } = JSON.parse(toText(use, { objects }));
    return Statement.filter(({ Action }: { Action: unknown }) =>
      JSON.stringify(Action).includes('s3:PutObjectTagging'),
    )
      .flatMap(({ Resource }: { Resource: string | string[] }) => Resource)
      .map((resource: string) => resource.replace(/^.*app\.tfstate/, ''));
  };

  it.each<[SessionUse, string[]]>([
    ['hold', ['', '.rescue/*']],
    ['pull', ['.rescue/*']],
    ['history_restore', ['', '.backup/*']],
    ['lock', []],
    ['outputs', []],
    ['unlock', []],
    ['free', []],
    ['show', []],
  ])('%s may set tags on what it writes, and on nothing else', (use, suffixes) => {
    expect(taggedSids(use, { stateTags: 'a=b' })).toEqual(suffixes);
    expect(taggedSids(use, {})).toEqual([]);
  });
});

it.each([
  ['hold', { plans: 'apply' }],
  ['check', {}],
] as const)('%s may list the plans of a run, to find the newest', (use, more) => {
  const { text = '' } = sessionPolicy(use, [settings()], ROLE, more) ?? {};
  const list = { action: 's3:ListBucket', resource: 'arn:aws:s3:::states', context: {} };
  expect(allowedBy(text, list)).toHaveLength(1);
});

it("allows storing plans but not replacing them on AWS, and omits the condition for a store that doesn't support it", () => {
  const put = onObject('PutObject', 'network/app.tfstate.plans/1-1');
  const policyFor = (endpoint: string | undefined) => {
    const given = settings();
    const aws = { ...given.aws, endpoints: { ...given.aws.endpoints, s3: endpoint, sts: endpoint } };
    return sessionPolicy('outputs', [{ ...given, aws }], ROLE, { plans: 'store' })?.text ?? '';
  };
  const onAws = policyFor(undefined);
  expect(allowedBy(onAws, put)).toEqual([]);
  expect(allowedBy(onAws, { ...put, context: { 's3:if-none-match': ['*'] } })).toHaveLength(1);
  expect(allowedBy(policyFor('http://minio:9000'), put)).toHaveLength(1);
});
