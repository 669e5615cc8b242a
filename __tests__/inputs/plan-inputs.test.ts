import { describe, expect, it } from 'vitest';
import { readHoldInputs } from '../../src/inputs/hold-inputs.ts';
import { pathInCheckout } from '../../src/inputs/plan-inputs.ts';
import type { Environment } from '../../src/runner/inputs.ts';
import { readJob } from '../../src/runner/job.ts';
import { inputSources } from '../job-state/support.ts';

const ID = '4711-1';
const RUN = { GITHUB_WORKSPACE: '/w', GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: '2' };
const SCOPE = { bucket: 'b', key: 'app.tfstate', region: 'us-east-1', dynamodb_table: 'locks' };

function read(inputs: Record<string, string>, env: Environment = RUN) {
  const sources = inputSources({ ...SCOPE, ...inputs }, env);
  return readHoldInputs({ ...sources, job: readJob(sources.env) });
}

const problems = (inputs: Record<string, string>, env?: Environment) =>
  read(inputs, env).problems.map(({ input, value, fix }) => `${input} is ${JSON.stringify(value)}: ${fix}`);

describe('inputs about plans', () => {
  it('mean no plan when none is set', () => {
    expect(read({ plan: 'none' }).inputs).toMatchObject({ planToStore: undefined, planToApply: undefined });
  });

  it.each(['hold', 'none'])('lock: %s: set the id of a plan before it is made', (lock) => {
    const { inputs } = read({ lock, plan_file: 'infra/tfplan', plan_name: 'network', plan_ttl: '1d12h' });
    expect(inputs.planToStore).toEqual({ planId: '4711-2-network', path: '/w/infra/tfplan' });
    expect(inputs.planTtlMs).toBe(36 * 3_600_000);
  });

  it('by default, require a plan for this commit, at most a week old, at a path that only the job reads', () => {
    expect(read({ plan: ID }).inputs).toMatchObject({
      planToApply: { reference: ID, path: undefined, allowsOtherCommit: false },
      planTtlMs: 7 * 24 * 3_600_000,
    });
  });

  it.each(['4711-latest', '4711-latest-network-2'])('take the newest plan of a run: %s', (plan) => {
    expect(read({ plan }).inputs).toMatchObject({ planToApply: { reference: plan } });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a lost id', { plan: '' }, 'plan is "": it is empty'],
    ['an invalid id', { plan: '../4711-1' }, 'pass the plan_id output'],
    ['the newest plan of no run', { plan: '-latest' }, 'pass the plan_id output'],
    ['the newest plan with an invalid name', { plan: '4711-latest-a/b' }, 'pass the plan_id output'],
    ['applying without a lock', { plan: ID, lock: 'none' }, 'the job must hold the state'],
    ['applying under a lock alone', { plan: ID, pull: 'false' }, 'the job must hold the state'],
    ['applying without a push', { plan: ID, push: 'never' }, 'the job must hold the state'],
    ['both', { plan: ID, plan_file: 'x' }, 'a job makes a plan or applies one'],
    ['a name with a slash', { plan_file: 'x', plan_name: 'a/b' }, 'plan_name is "a/b"'],
    ['an empty name', { plan_name: 'a' }, 'it names the plan of plan_file'],
    ['an empty path', { plan_path: 'a' }, 'it concerns the plan that the job applies'],
    [
      'a permission without a plan',
      { allow_other_commit: 'true' },
      'it concerns the plan that the job applies',
    ],
    ['a duration of zero', { plan_file: 'x', plan_ttl: '0s' }, 'plan_ttl is "0s"'],
    ['weeks', { plan_file: 'x', plan_ttl: '1w' }, 'use a duration of at least a second'],
    ['planning under a lock alone', { plan_file: 'x', pull: 'false' }, 'pulls no state'],
    ['planning with lock: guard', { plan_file: 'x', lock: 'guard' }, 'pulls no state'],
    [
      'a gate on a plan that is made later',
      { plan_file: 'x', forbid_destroy: 'true' },
      'is made after this step',
    ],
    ['a state named like a plan', { plan_file: 'x', key: '1-1' }, 'key is "1-1"'],
    [
      "a key that is too long for the plan's key",
      { plan_file: 'x', key: 'k'.repeat(1_010) },
      'more than 1024 bytes',
    ],
  ])('%s is refused', (_, inputs, words) => {
    const found = problems(inputs);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
  });

  it("can't name a plan outside a run", () => {
    expect(problems({ plan_file: 'x' }, { GITHUB_WORKSPACE: '/w' })[0]).toContain('GITHUB_RUN_ID');
  });

  it("forbid_destroy can use the plan's record", () => {
    expect(problems({ plan: ID, forbid_destroy: 'true' })).toEqual([]);
  });
});

describe('the session of a role', () => {
  const makePolicy = (inputs: Record<string, string>): string => {
    const role = { role_arn: 'arn:aws:iam::123456789012:role/x', access_key: 'AKIA', secret_key: 's' };
    return read({ ...role, ...inputs }).inputs.backend.aws.credentials.assumeRole?.policy ?? '';
  };

  it.each([
    [
      'a job that plans',
      { lock: 'none', plan_file: 'x' },
      /"s3:PutObject"\],"Resource":"[^"]*\.plans\/\*","Condition":\{"Null":\{"s3:if-none-match":"false"\}\}/,
    ],
    ['a job that applies', { plan: ID }, /"s3:GetObject","s3:DeleteObject"\],"Resource":"[^"]*\.plans\/\*"/],
  ])('%s may do what it does with plans', (_, inputs, statement) => {
    expect(makePolicy(inputs)).toMatch(statement);
  });

  it('of any other job sees no plan', () => {
    expect(makePolicy({})).not.toContain('.plans');
  });
});

it.each([
  ['/w', '.'],
  ['/w/a/b', 'a/b'],
  ['/w/..a', '..a'],
  ['/', undefined],
  ['/x/y', undefined],
])('the module %s is %s of the checkout', (path, inside) => {
  expect(pathInCheckout('/w', path)).toBe(inside);
});
