import { describe, expect, it } from 'vitest';
import { readBackendInputs } from '../../src/inputs/backend-inputs.ts';
import { sessionTags } from '../../src/inputs/role-inputs.ts';
import { createInputReader, type Environment, inputVariable } from '../../src/runner/inputs.ts';
import { job } from '../job-state/support.ts';
import { plainSession } from '../support/aws-settings.ts';

const role_arn = 'arn:aws:iam::123456789012:role/state';
const offered = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://tokens.example.com/?api-version=2.0',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer',
};

function read(inputs: Record<string, string>, env: Environment = {}) {
  const given = Object.entries({ bucket: 'b', key: 'k', region: 'eu-west-1', ...inputs });
  const all = { ...env, ...Object.fromEntries(given.map(([name, value]) => [inputVariable(name), value])) };
  const reader = createInputReader(all);
  const { settings, warnings } = readBackendInputs(reader, job, undefined);
  const problems = reader.problems.map(({ input }) => input);
  return { ...settings.aws.credentials, warnings, problems };
}

describe('who assumes role_arn', () => {
  it('the job itself, when GitHub offers a token and no credentials are given', () => {
    const { webIdentity, assumeRole, warnings } = read({ role_arn, assume_role_policy: '{}' }, offered);
    expect(webIdentity).toEqual({
      ...plainSession,
      roleArn: role_arn,
      sessionName: expect.any(String),
      policy: '{}',
      token: { from: 'github', audience: 'sts.amazonaws.com' },
    });
    expect(assumeRole).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('the job itself, with the configured audience', () => {
    const { webIdentity } = read({ role_arn, audience: 'sts.amazonaws.com.cn' }, offered);
    expect(webIdentity?.token).toEqual({ from: 'github', audience: 'sts.amazonaws.com.cn' });
  });

  it.each<[string, Record<string, string>, Environment]>([
    ['keys as inputs', { access_key: 'AKIA', secret_key: 's' }, {}],
    ['a profile', { profile: 'ci' }, {}],
    ['a credentials file', { shared_credentials_file: '/home/runner/credentials' }, {}],
    ['keys in the environment', {}, { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's' }],
    ['AWS_PROFILE', {}, { AWS_PROFILE: 'ci' }],
    ['AWS_CONFIG_FILE', {}, { AWS_CONFIG_FILE: '/home/runner/config' }],
    ['AWS_SHARED_CREDENTIALS_FILE', {}, { AWS_SHARED_CREDENTIALS_FILE: '/home/runner/credentials' }],
    ['a web identity with its own role', {}, { AWS_WEB_IDENTITY_TOKEN_FILE: '/t', AWS_ROLE_ARN: role_arn }],
    ['a container', {}, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1' }],
  ])('%s, although GitHub offers a token', (_name, inputs, env) => {
    const { webIdentity, assumeRole } = read({ role_arn, ...inputs }, { ...offered, ...env });
    expect(webIdentity).toBeUndefined();
    expect(assumeRole).toMatchObject({ roleArn: role_arn });
  });

  it('the job itself, when the environment has only half a key or an empty variable', () => {
    const env = { ...offered, AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: ' ', AWS_PROFILE: '' };
    expect(read({ role_arn }, env).webIdentity).toBeDefined();
  });

  it('the credentials found later, without the permission or without a role', () => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL } = offered;
    expect(read({ role_arn }, { ACTIONS_ID_TOKEN_REQUEST_URL }).webIdentity).toBeUndefined();
    expect(read({}, offered)).toMatchObject({ webIdentity: undefined, assumeRole: undefined });
  });
});

describe('web_identity_token_file', () => {
  const web_identity_token_file = '/var/run/secrets/token';
  const token = { from: 'file', path: web_identity_token_file };

  it('assumes role_arn, whatever the environment contains', () => {
    const env = { ...offered, AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's' };
    const { webIdentity, assumeRole } = read({ role_arn, web_identity_token_file }, env);
    expect(webIdentity).toMatchObject({ roleArn: role_arn, token });
    expect(assumeRole).toBeUndefined();
  });

  it('may come from the environment, unless a role comes with it', () => {
    const env = { ...offered, AWS_WEB_IDENTITY_TOKEN_FILE: web_identity_token_file };
    expect(read({ role_arn }, env).webIdentity?.token).toEqual(token);
    expect(read({ role_arn, profile: 'ci' }, env).webIdentity).toBeUndefined();
  });

  it('needs a role, and is refused together with other credentials', () => {
    expect(read({ web_identity_token_file }).problems).toEqual(['web_identity_token_file']);
    for (const other of [{ profile: 'ci' }, { access_key: 'AKIA', secret_key: 's' }]) {
      expect(read({ role_arn, web_identity_token_file, ...other }).problems).toEqual([
        'web_identity_token_file',
      ]);
    }
  });
});

describe('inputs without effect', () => {
  it('warn about an external id when a web identity assumes the role', () => {
    expect(read({ role_arn, external_id: 'x1' }, offered).warnings).toEqual([
      expect.stringContaining('external_id: no effect'),
    ]);
  });

  it('warn about an audience without a role', () => {
    expect(read({ audience: 'x' }, offered).warnings).toEqual(['audience: no effect without role_arn.']);
  });
});

describe('session tags', () => {
  it("name repository, run, workflow and actor, under keys that a role doesn't use", () => {
    const found = sessionTags({
      ...job,
      repository: 'octo-org/infra',
      runId: '42',
      runAttempt: '2',
      workflow: 'Deploy',
      actor: 'octocat',
    });
    expect(found).toEqual([
      { key: 'github:repository', value: 'octo-org/infra' },
      { key: 'github:run', value: '42-2' },
      { key: 'github:workflow', value: 'Deploy' },
      { key: 'github:actor', value: 'octocat' },
    ]);
  });

  it("have values in STS's alphabet and length, and are omitted without a value", () => {
    const found = sessionTags({
      ...job,
      repository: '',
      runId: '',
      workflow: `Ünïcode, 🚀 & ${'x'.repeat(300)}`,
      actor: 'dependabot[bot]',
    });
    expect(found.map(({ key }) => key)).toEqual(['github:workflow', 'github:actor']);
    expect(found[0]?.value).toMatch(/^Ünïcode_ _ _ x{243}$/);
    expect(found[1]?.value).toBe('dependabot_bot_');
  });

  it('are sent with sts:AssumeRole unless session_tags is false', () => {
    expect(read({ role_arn }).assumeRole?.tags.length).toBeGreaterThan(0);
    expect(read({ role_arn, session_tags: 'false' }).assumeRole?.tags).toEqual([]);
    expect(read({ role_arn, session_tags: 'no' }).problems).toEqual(['session_tags']);
  });
});
