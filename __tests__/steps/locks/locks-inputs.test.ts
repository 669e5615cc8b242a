import { describe, expect, it } from 'vitest';
import { readJob } from '../../../src/runner/job.ts';
import { readLocksInputs } from '../../../src/steps/locks/locks-inputs.ts';
import { findProblems, inputSources } from '../../job-state/support.ts';

const GITHUB = { GITHUB_REPOSITORY: 'acme/infra', GITHUB_SERVER_URL: 'https://github.com' };
const WHERE = { bucket: 'states', region: 'eu-west-1', dynamodb_table: 'locks', github_token: 't' };

function read(inputs: Record<string, string>, github: Record<string, string> = GITHUB) {
  const sources = inputSources({ ...WHERE, ...inputs });
  const env = { ...sources.env, ...github };
  return readLocksInputs({ ...sources, env, job: readJob(env) });
}

function listProblems(inputs: Record<string, string>, github?: Record<string, string>) {
  return findProblems(() => read(inputs, github)).map(({ input, value }) => [input, value]);
}

describe('the inputs of locks/', () => {
  it('by default, cover the whole bucket, free nothing and publish nothing', () => {
    expect(read({})).toMatchObject({
      prefix: '',
      free: 'none',
      publish: 'none',
      backend: { table: 'locks', useLockfile: true, address: { bucket: 'states' } },
    });
  });

  it.each([
    ['apps/', 'apps/'],
    ['apps/web', 'apps/web'],
    ['env:/', 'env:/'],
  ])('accept %s as the prefix of keys', (given, prefix) => {
    expect(read({ key_prefix: given }).prefix).toBe(prefix);
    expect(read({ key_prefix: given, workspace: 'dev' }).prefix).toBe(prefix);
  });

  it.each([
    [{ bucket: '' }, [['bucket', undefined]]],
    [{ key: 'a.tfstate' }, [['key', 'a.tfstate']]],
    [{ key_prefix: '/apps/' }, [['key_prefix', '/apps/']]],
    [{ key_prefix: 'apps//' }, [['key_prefix', 'apps//']]],
    [{ free: 'all' }, [['free', 'all']]],
    [{ publish: 'comment' }, [['publish', 'comment']]],
    [{ stale_after: 'soon' }, [['stale_after', 'soon']]],
    [{ free: 'stale', github_token: '' }, [['github_token', undefined]]],
    [{ publish: 'issue', github_token: '' }, [['github_token', undefined]]],
  ])('refuse %j before any call', (inputs, problems) => {
    expect(listProblems(inputs)).toEqual(problems);
  });

  it('an issue needs a repository', () => {
    expect(listProblems({ publish: 'issue' }, {})).toEqual([['publish', 'issue']]);
  });

  it('narrow the session to scanning the table, without deletes unless locks are freed', () => {
    const role = { role_arn: 'arn:aws:iam::123456789012:role/r', access_key: 'AKIAEXAMPLE', secret_key: 's' };
    const readPolicy = (inputs: Record<string, string>) =>
      read({ ...role, key_prefix: 'apps/', ...inputs }).backend.aws.credentials.assumeRole?.policy ?? '';
    expect(readPolicy({})).toContain('dynamodb:Scan');
    expect(readPolicy({})).toContain('arn:aws:s3:::states/apps/*.tflock');
    expect(readPolicy({})).not.toMatch(/Delete|Put/);
    expect(readPolicy({ free: 'stale' })).toContain('dynamodb:DeleteItem');
  });
});
