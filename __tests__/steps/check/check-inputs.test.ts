import { describe, expect, it } from 'vitest';
import { type CheckInputs, readCheckInputs } from '../../../src/steps/check/check-inputs.ts';
import { findProblems, inputSources, leastInputs } from '../../job-state/support.ts';

const PRINT = '0a'.repeat(32);
const ROLE = 'arn:aws:iam::111122223333:role/state';
const ALL = { mode: 'pull-requests', github_token: 'ghs_1' };

const read = (inputs: Record<string, string>): CheckInputs =>
  readCheckInputs(inputSources({ ...leastInputs, ...inputs }));

const refused = (inputs: Record<string, string>) =>
  findProblems(() => read(inputs)).map(({ input }) => input);

const makePolicy = (inputs: Record<string, string>): string => {
  const { credentials } = read({ role_arn: ROLE, ...inputs }).backend.aws;
  return credentials.assumeRole?.policy ?? credentials.webIdentity?.policy ?? '';
};

describe('the inputs of the check action', () => {
  it('need a state and its fingerprint, or a plan', () => {
    expect(read({ fingerprint: PRINT }).subject).toEqual({ kind: 'fingerprint', fingerprint: PRINT });
    expect(read({ fingerprint: 'no-state', dynamodb_table: '' }).backend.table).toBeUndefined();
    expect(read({ plan: '4711-1-prod' }).subject).toEqual({ kind: 'plan', reference: '4711-1-prod' });
    expect(refused({ plan: 'latest' })).toEqual(['plan']);
    expect(refused({})).toEqual(['fingerprint']);
    expect(refused({ fingerprint: PRINT, plan: '4711-1' })).toEqual(['plan']);
  });

  it.each(['', '7', 'any', '0A'.repeat(32)])('%j is not a fingerprint', (fingerprint) => {
    expect(refused({ fingerprint })).toEqual(['fingerprint']);
    expect(refused({ fingerprint, bucket: '' }).sort()).toEqual(['bucket', 'fingerprint']);
  });

  it.each(['../x', '4711', '4711-1.json', 'tfplan'])('%j is not a plan', (plan) => {
    expect(refused({ plan })).toEqual(['plan']);
  });

  it('all pull requests need a token and a repository, and take no plan', () => {
    const subject = { kind: 'pull_requests', apiUrl: 'https://api.github.com', token: 'ghs_1' };
    const { key } = leastInputs;
    expect(read(ALL).subject).toEqual({ ...subject, context: `terraform-s3-state/${key}` });
    expect(read({ ...ALL, status_name: 'prod' }).subject).toMatchObject({
      context: 'terraform-s3-state/prod',
    });
    expect(refused({ ...ALL, github_token: '' })).toEqual(['github_token']);
    expect(refused({ ...ALL, plan: '1-1', fingerprint: PRINT })).toEqual(['fingerprint', 'plan']);
    expect(refused({ ...ALL, status_name: 'x'.repeat(101) })).toEqual(['status_name']);
    expect(refused({ ...ALL, key: `${'x'.repeat(101)}` })).toEqual(['status_name']);
    expect(refused({ fingerprint: PRINT, status_name: 'prod' })).toEqual(['status_name']);
    expect(refused({ mode: 'all' })).toContain('mode');
  });

  it('narrow the session to reading the state, its digest and, when a plan is given, plan records', () => {
    for (const inputs of [{ fingerprint: PRINT }, { plan: '1-1' }, ALL]) {
      const policy = makePolicy(inputs);
      expect(policy).toContain('s3:GetObject');
      expect(policy).not.toMatch(/Put|Delete|tflock|rescue/);
      expect(policy.includes('.plans/*.json')).toBe(!('fingerprint' in inputs));
    }
  });
});
