import { describe, expect, it } from 'vitest';
import type { CredentialSettings } from '../../src/aws/settings.ts';
import { withSessionPolicy } from '../../src/inputs/session-policy.ts';
import { createInputReader } from '../../src/runner/inputs.ts';
import { inputEnv, readBackend } from '../job-state/support.ts';
import { plainSession } from '../support/aws-settings.ts';

const role = { role_arn: 'arn:aws:iam::123456789012:role/state' };

/** The resulting credentials, with the messages. */
function narrowed(inputs: Record<string, string>, change: Partial<CredentialSettings> = {}) {
  const { settings } = readBackend(inputs);
  const credentials = { ...settings.aws.credentials, ...change };
  const reader = createInputReader(inputEnv(inputs));
  const warnings: string[] = [];
  const given = { ...settings, aws: { ...settings.aws, credentials } };
  const backend = withSessionPolicy(reader, 'hold', [given], warnings);
  return { ...backend.aws.credentials, warnings, problems: reader.problems };
}

describe('session_policy', () => {
  it("is minimal by default: the role's session is limited to this state", () => {
    const { assumeRole, warnings } = narrowed(role);
    expect(assumeRole?.policy).toContain('"arn:aws:s3:::b/k/app.tfstate"');
    expect(assumeRole?.policy).toContain('"arn:aws:dynamodb:eu-west-1:123456789012:table/locks"');
    expect(warnings).toEqual([]);
    expect(narrowed({ ...role, session_policy: 'minimal' }).assumeRole).toEqual(assumeRole);
  });

  it('none: the session has all permissions of the role', () => {
    expect(narrowed({ ...role, session_policy: 'none' }).assumeRole?.policy).toBeUndefined();
  });

  it('assume_role_policy takes its place', () => {
    expect(narrowed({ ...role, assume_role_policy: '{}' }).assumeRole?.policy).toBe('{}');
  });

  it('has no effect without a role', () => {
    expect(narrowed({}).assumeRole).toBeUndefined();
  });

  it('refuses any other value', () => {
    expect(narrowed({ ...role, session_policy: 'all' }).problems).toMatchObject([
      { input: 'session_policy', value: 'all' },
    ]);
  });

  it('for a store other than AWS names only the services in use, and may be omitted', () => {
    const store = { ...role, endpoint: 'http://rgw:7480', sts_endpoint: 'http://rgw:7480' };
    const listServices = (inputs: Record<string, string>) => {
      const policy = narrowed(inputs).assumeRole?.policy ?? '';
      return new Set([...policy.matchAll(/"(s3|dynamodb|kms|iam):\w+"/g)].map(([, service]) => service));
    };
    expect(listServices({ ...store, dynamodb_table: '', use_lockfile: 'true' })).toEqual(new Set(['s3']));
    expect(listServices(store)).toEqual(new Set(['s3', 'dynamodb']));
    expect(listServices({ ...store, encrypt: 'true', kms_key_id: 'alias/a' })).toEqual(
      new Set(['s3', 'dynamodb', 'kms']),
    );
    expect(narrowed(store).isPolicyOptional).toBe(true);
    // AWS's S3 with a custom STS host is still AWS: the bucket may encrypt with any key.
    expect(listServices({ ...role, sts_endpoint: 'http://sts.corp' })).toContain('kms');
  });

  it.each([
    ["AWS's own", {}],
    ["AWS's S3 with another STS", { sts_endpoint: 'http://sts.corp' }],
    ["a store with AWS's STS", { endpoint: 'http://rgw:7480' }],
    ['a given policy', { assume_role_policy: '{}', endpoint: 'http://s', sts_endpoint: 'http://s' }],
  ])('is never omitted: %s', (_, inputs) => {
    expect(narrowed({ ...role, ...inputs }).isPolicyOptional).toBe(false);
  });

  it('narrows a web identity, too, but not one that first assumes another role', () => {
    const webIdentity = {
      ...plainSession,
      roleArn: role.role_arn,
      sessionName: 's',
      token: { from: 'file', path: '/run/token' } as const,
    };
    const alone = narrowed({}, { webIdentity });
    expect(alone.webIdentity?.policy).toContain('"arn:aws:s3:::b/k/app.tfstate"');
    const chain = narrowed(role, { webIdentity });
    expect(chain.webIdentity?.policy).toBeUndefined();
    expect(chain.assumeRole?.policy).toContain('"arn:aws:s3:::b/k/app.tfstate"');
  });

  it('warns about a name that is too long to be exact, and shows its replacement', () => {
    const { warnings, assumeRole } = narrowed({
      ...role,
      key: `a/${'x'.repeat(900)}/z`,
      use_lockfile: 'true',
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/session policy of 2048 characters, so .* every state a\/x+\*x+\/z\./);
    expect(assumeRole?.policy?.length).toBeLessThanOrEqual(2048);
  });

  it.each([
    'states--use1-az4--x-s3',
    'arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/states',
  ])(
    'leaves the session unrestricted for a bucket with its own permissions, with a warning: %s',
    (bucket) => {
      const { warnings, assumeRole } = narrowed({ ...role, bucket });
      expect(warnings[0]).toContain('needs other permissions');
      expect(assumeRole?.policy).toBeUndefined();
    },
  );

  it('warns when no policy fits', () => {
    const table = `arn:aws:dynamodb:eu-west-1:123456789012:table/${'t'.repeat(255)}`;
    const bucket = `arn:aws:s3:eu-west-1:123456789012:accesspoint/${'b'.repeat(400)}`;
    const { warnings, assumeRole } = narrowed({
      ...role,
      bucket,
      dynamodb_table: table,
      use_lockfile: 'true',
    });
    expect(warnings[0]).toContain('all permissions of its role');
    expect(assumeRole?.policy).toBeUndefined();
  });
});
