import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSessionName } from '../../src/inputs/role-inputs.ts';
import { job, readBackend } from '../job-state/support.ts';

const role = { role_arn: 'arn:aws:iam::123456789012:role/path/state' };
const assumed = (inputs: Record<string, string>) =>
  readBackend({ ...role, ...inputs }).settings.aws.credentials.assumeRole;
const refused = (inputs: Record<string, string>) =>
  readBackend({ ...role, ...inputs }).problems.map(({ input }) => input);

describe('the role to assume', () => {
  it('is none without role_arn, and a warning says that role settings then have no effect', () => {
    const { settings, warnings, problems } = readBackend({ external_id: 'ab', assume_role_policy: '{}' });
    expect(problems).toEqual([]);
    expect(settings.aws.credentials.assumeRole).toBeUndefined();
    expect(warnings).toEqual(['external_id, assume_role_policy: no effect without role_arn.']);
  });

  it.each([
    'arn:aws:iam::123456789012:role/state',
    'arn:aws-cn:iam::123456789012:role/a/b/state',
    'arn:aws-us-gov:iam::123456789012:role/state+=,.@-_1',
    'arn:aws:iam:::role/state',
  ])('%s is accepted', (role_arn) => expect(refused({ role_arn })).toEqual([]));

  it("without an account belongs to another store, and with AWS's STS a warning names the setting", () => {
    const of = (inputs: Record<string, string>) =>
      readBackend({ role_arn: 'arn:aws:iam:::role/x', ...inputs }).warnings;
    expect(of({ sts_endpoint: 'http://rgw:7480', endpoint: 'http://rgw:7480' })).toEqual([]);
    expect(of({ endpoint: 'http://rgw:7480' })).toEqual([expect.stringContaining('set sts_endpoint')]);
  });

  it.each([
    'state',
    '123456789012',
    'arn:aws:iam::123456789012:user/state',
    'arn:aws:iam::12345:role/state',
    'arn:aws:iam:::user/state',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:sts::123456789012:assumed-role/state/x',
    'arn:aws:iam::123456789012:role/a b',
  ])('%s is refused', (role_arn) => expect(refused({ role_arn })).toEqual(['role_arn']));

  it.each([
    [1, false],
    [2, true],
    [64, true],
    [65, false],
  ])('a session name of %d characters: %s', (length, accepted) => {
    expect(refused({ session_name: 'x'.repeat(length) })).toEqual(accepted ? [] : ['session_name']);
  });

  it.each([
    [1, false],
    [2, true],
    [1224, true],
    [1225, false],
  ])('an external id of %d characters: %s', (length, accepted) => {
    expect(refused({ external_id: 'x'.repeat(length) })).toEqual(accepted ? [] : ['external_id']);
  });

  it('session name and external id each have their own alphabet', () => {
    expect(refused({ session_name: 'a_+=,.@-', external_id: 'a_+=,.@:/-' })).toEqual([]);
    expect(refused({ session_name: 'a/b', external_id: 'a b' })).toEqual(['external_id', 'session_name']);
    expect(refused({ session_name: 'é'.repeat(4) })).toEqual(['session_name']);
  });

  it('the policy must be valid JSON and is passed on unchanged', () => {
    const policy = '{ "Version": "2012-10-17",\n "Statement": [] }';
    expect(assumed({ assume_role_policy: policy })?.policy).toBe(policy);
    expect(refused({ assume_role_policy: '{"Version":' })).toEqual(['assume_role_policy']);
  });
});

describe('the default session name', () => {
  it('names repository, run and attempt', () => {
    expect(assumed({})?.sessionName).toBe('acme-infra-123-2');
    expect(assumed({ session_name: 'mine' })?.sessionName).toBe('mine');
  });

  it('names the action outside a run', () => {
    expect(defaultSessionName({ ...job, repository: '', runId: '', runAttempt: '1' })).toBe(
      'terraform-s3-state-local-1',
    );
  });

  it("is accepted by STS and ends with the run, whatever the repository's name", () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 100 });
    fc.assert(
      fc.property(name, name, fc.nat(), (owner, repository, run) => {
        const session = defaultSessionName({
          ...job,
          repository: `${owner}/${repository}`,
          runId: String(run),
        });
        expect(session).toMatch(/^[\w+=,.@-]{2,64}$/);
        expect(session.endsWith(`-${run}-2`)).toBe(true);
      }),
    );
  });
});

describe("the role's session", () => {
  it.each([
    ['14m', undefined],
    ['15m', 900],
    ['15m0.9s', 900],
    ['12h', 43_200],
    ['12h1s', undefined],
  ])('assume_role_duration %s', (assume_role_duration, seconds) => {
    if (seconds === undefined) expect(refused({ assume_role_duration })).toEqual(['assume_role_duration']);
    else expect(assumed({ assume_role_duration })?.durationSeconds).toBe(seconds);
  });

  it('accepts the old form of the duration, which must agree', () => {
    expect(assumed({ assume_role_duration_seconds: '3600' })?.durationSeconds).toBe(3600);
    expect(refused({ assume_role_duration_seconds: '60' })).toEqual(['assume_role_duration_seconds']);
    expect(refused({ assume_role_duration_seconds: '3600', assume_role_duration: '1h' })).toEqual([]);
    expect(refused({ assume_role_duration_seconds: '3600', assume_role_duration: '2h' })).toEqual([
      'assume_role_duration_seconds',
    ]);
  });

  it("accepts policy ARNs, a customer's and AWS's own", () => {
    const arns = ['arn:aws:iam::123456789012:policy/a/b', 'arn:aws:iam::aws:policy/ReadOnlyAccess'];
    expect(assumed({ assume_role_policy_arns: arns.join('\n') })?.policyArns).toEqual(arns);
    expect(assumed({ assume_role_policy_arns: JSON.stringify(arns) })?.policyArns).toEqual(arns);
    expect(refused({ assume_role_policy_arns: `${arns[0]},arn:aws:iam::1:role/x` })).toEqual([
      'assume_role_policy_arns',
    ]);
  });

  it('accepts tags as lines or as JSON', () => {
    const pairs = [
      { key: 'team', value: 'a=b' },
      { key: 'cost', value: '' },
    ];
    expect(assumed({ assume_role_tags: 'team = a=b\n\ncost=' })?.givenTags).toEqual(pairs);
    expect(assumed({ assume_role_tags: '{"team":"a=b","cost":""}' })?.givenTags).toEqual(pairs);
    expect(assumed({ assume_role_transitive_tag_keys: 'team, x' })?.transitiveTagKeys).toEqual(['team', 'x']);
    for (const assume_role_tags of ['team', '=x', '{"a":1}', 'a=*']) {
      expect(refused({ assume_role_tags })).toEqual(['assume_role_tags']);
    }
  });

  it('validates a source identity by the rules of a session name', () => {
    expect(assumed({ source_identity: 'alice' })?.sourceIdentity).toBe('alice');
    expect(refused({ source_identity: 'a' })).toEqual(['source_identity']);
  });
});
