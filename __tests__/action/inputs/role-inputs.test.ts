import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultSessionName } from '../../../src/action/inputs/role-inputs.ts';
import { job, readBackend } from '../support.ts';

const role = { role_arn: 'arn:aws:iam::123456789012:role/path/state' };
const assumed = (inputs: Record<string, string>) =>
  readBackend({ ...role, ...inputs }).settings.aws.credentials.assumeRole;
const refused = (inputs: Record<string, string>) =>
  readBackend({ ...role, ...inputs }).problems.map(({ input }) => input);

describe('the role to assume', () => {
  it('is none without role_arn; what belongs to a role then has no effect, and a warning says so', () => {
    const { settings, warnings, problems } = readBackend({ external_id: 'ab', assume_role_policy: '{}' });
    expect(problems).toEqual([]);
    expect(settings.aws.credentials.assumeRole).toBeUndefined();
    expect(warnings).toEqual(['external_id, assume_role_policy: no effect without role_arn.']);
  });

  it.each([
    'arn:aws:iam::123456789012:role/state',
    'arn:aws-cn:iam::123456789012:role/a/b/state',
    'arn:aws-us-gov:iam::123456789012:role/state+=,.@-_1',
  ])('%s is accepted', (role_arn) => expect(refused({ role_arn })).toEqual([]));

  it.each([
    'state',
    '123456789012',
    'arn:aws:iam::123456789012:user/state',
    'arn:aws:iam::12345:role/state',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:sts::123456789012:assumed-role/state/x',
    'arn:aws:iam::123456789012:role/a b',
  ])('role-validation: %s is refused', (role_arn) => expect(refused({ role_arn })).toEqual(['role_arn']));

  it.each([
    [1, false],
    [2, true],
    [64, true],
    [65, false],
  ])('role-validation: a session name of %d characters: %s', (length, accepted) => {
    expect(refused({ session_name: 'x'.repeat(length) })).toEqual(accepted ? [] : ['session_name']);
  });

  it.each([
    [1, false],
    [2, true],
    [1224, true],
    [1225, false],
  ])('role-validation: an external id of %d characters: %s', (length, accepted) => {
    expect(refused({ external_id: 'x'.repeat(length) })).toEqual(accepted ? [] : ['external_id']);
  });

  it('role-validation: each has its own alphabet', () => {
    expect(refused({ session_name: 'a_+=,.@-', external_id: 'a_+=,.@:/-' })).toEqual([]);
    expect(refused({ session_name: 'a/b', external_id: 'a b' })).toEqual(['external_id', 'session_name']);
    expect(refused({ session_name: 'é'.repeat(4) })).toEqual(['session_name']);
  });

  it('the policy is valid JSON, passed on as it is', () => {
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

  it('outside of a run names the action', () => {
    expect(defaultSessionName({ ...job, repository: '', runId: '', runAttempt: '1' })).toBe(
      'terraform-s3-state-local-1',
    );
  });

  it('is one that STS accepts, and ends with the run, whatever the repository is called', () => {
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
