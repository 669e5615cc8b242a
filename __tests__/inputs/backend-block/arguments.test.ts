import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { findRule } from '../../../src/inputs/backend-block/arguments.ts';
import { readBackendInputs } from '../../../src/inputs/backend-inputs.ts';
import { inputEnv, job, openReader } from '../../job-state/support.ts';
import { folderWith } from '../../support/terraform-backend.ts';

const ROLE = 'role_arn = "arn:aws:iam::123456789012:role/r"';
const POLICY_ARNS = '["arn:aws:iam::aws:policy/ReadOnlyAccess"]';
const KEY = `"${'A'.repeat(43)}="`;
const CERTIFICATES = rootCertificates[0] ?? '';
const OIDC = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://t', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' };

/** The rest of the block, so the setting has a visible effect. */
const BASE = { bucket: '"b"', key: '"k"', region: '"eu-west-1"' };

interface Honoured {
  readonly value: string;
  /** Other arguments that the block then needs. */
  readonly beside?: Record<string, string>;
}

const inRole = (line: string): Honoured => ({ value: `{ ${ROLE}, ${line} }`, beside: {} });
const withRole = (value: string): Honoured => ({ value, beside: { role_arn: ROLE.slice(11) } });

/**
 * Every argument that the backend has or had (docs/protocol.md#configuration, docs/protocol.md#roles,
 * docs/protocol.md#versions), with a value that must change something.
 */
const HONOURED: Record<string, string | Honoured> = {
  bucket: '"other"',
  key: '"other"',
  region: '"us-east-1"',
  acl: '"bucket-owner-full-control"',
  state_tags: '{ a = "b" }',
  lock_tags: '{ a = "b" }',
  encrypt: 'true',
  kms_key_id: '"alias/k"',
  sse_customer_key: KEY,
  dynamodb_table: '"locks"',
  lock_table: '"locks"',
  workspace_key_prefix: '"p"',
  use_lockfile: 'true',
  skip_s3_checksum: 'true',
  profile: '"ci"',
  sts_region: '"us-east-1"',
  access_key: { value: '"AKIA"', beside: { secret_key: '"s"' } },
  secret_key: { value: '"s2"', beside: { access_key: '"AKIA"' } },
  token: { value: '"t"', beside: { access_key: '"AKIA"', secret_key: '"s"' } },
  shared_config_files: '["c"]',
  shared_credentials_files: '["c"]',
  shared_credentials_file: '"c"',
  allowed_account_ids: '["123456789012"]',
  forbidden_account_ids: '["123456789012"]',
  endpoint: '"https://e"',
  dynamodb_endpoint: '"https://e"',
  sts_endpoint: '"https://e"',
  use_path_style: 'true',
  force_path_style: 'true',
  use_fips_endpoint: 'true',
  use_dualstack_endpoint: 'true',
  custom_ca_bundle: '"BUNDLE"',
  insecure: 'true',
  http_proxy: '"http://p"',
  https_proxy: '"http://p"',
  no_proxy: '"h"',
  max_retries: '9',
  retry_mode: '"adaptive"',
  ec2_metadata_service_endpoint: '"http://m"',
  ec2_metadata_service_endpoint_mode: '"IPv6"',
  skip_credentials_validation: 'true',
  skip_metadata_api_check: 'false',
  skip_region_validation: { value: 'true', beside: { region: '"nowhere-1"' } },
  role_arn: ROLE.slice(11),
  external_id: withRole('"x1"'),
  session_name: withRole('"name"'),
  assume_role_policy: withRole('"{}"'),
  assume_role_policy_arns: withRole(POLICY_ARNS),
  assume_role_duration_seconds: withRole('900'),
  assume_role_tags: withRole('{ a = "b" }'),
  assume_role_transitive_tag_keys: withRole('["a"]'),
  'endpoints.s3': '{ s3 = "https://e" }',
  'endpoints.dynamodb': '{ dynamodb = "https://e" }',
  'endpoints.sts': '{ sts = "https://e" }',
  'assume_role.role_arn': `{ ${ROLE} }`,
  'assume_role.duration': inRole('duration = "15m"'),
  'assume_role.external_id': inRole('external_id = "x1"'),
  'assume_role.policy': inRole('policy = "{}"'),
  'assume_role.policy_arns': inRole(`policy_arns = ${POLICY_ARNS}`),
  'assume_role.session_name': inRole('session_name = "name"'),
  'assume_role.source_identity': inRole('source_identity = "alice"'),
  'assume_role.tags': inRole('tags = { a = "b" }'),
  'assume_role.transitive_tag_keys': inRole('transitive_tag_keys = ["a"]'),
  'assume_role_with_web_identity.role_arn': `{ ${ROLE} }`,
  'assume_role_with_web_identity.duration': inRole('duration = "15m"'),
  'assume_role_with_web_identity.policy': inRole('policy = "{}"'),
  'assume_role_with_web_identity.policy_arns': inRole(`policy_arns = ${POLICY_ARNS}`),
  'assume_role_with_web_identity.session_name': inRole('session_name = "name"'),
  'assume_role_with_web_identity.web_identity_token_file': inRole('web_identity_token_file = "/t"'),
};

/** Known arguments that have no effect here, which is reported. */
const REPORTED = {
  skip_get_ec2_platforms: 'true',
  use_legacy_workflow: 'true',
};

/** Arguments for requests that this action never makes. */
const UNUSED = {
  iam_endpoint: '"https://e"',
  'endpoints.iam': '{ iam = var.endpoint }',
  skip_requesting_account_id: 'true',
};

const REFUSED = {
  'endpoints.sso': '{ sso = "https://e" }',
  'assume_role_with_web_identity.web_identity_token': `{ ${ROLE}, web_identity_token = "t" }`,
};

async function read(block: Record<string, string>, env: Record<string, string> = {}) {
  const workspace = await folderWith({ BUNDLE: CERTIFICATES });
  const lines = Object.entries(block).map(([name, value]) => `    ${name} = ${value}\n`);
  const text = lines.join('').replaceAll('BUNDLE', join(workspace, 'BUNDLE'));
  await writeFile(join(workspace, 'main.tf'), `terraform {\n  backend "s3" {\n${text}  }\n}\n`);
  const all = { ...env, ...inputEnv({ working_directory: '.', trust_repository: 'true' }) };
  const { reader, log } = await openReader(all, { workspace });
  const { warnings, ...backend } = readBackendInputs(reader, { ...job, workspace }, undefined);
  return { warnings, backend: JSON.stringify(backend), problems: reader.problems, log: log.join('\n') };
}

const findName = (argument: string) => argument.split('.')[0] ?? '';

describe("the arguments of Terraform's S3 backend", () => {
  it.each(Object.entries(HONOURED))('%s is honoured', async (argument, how) => {
    const { value, beside = {} } = typeof how === 'string' ? { value: how } : how;
    const name = findName(argument);
    const env = argument.includes('web_identity') ? OIDC : { TF_WORKSPACE: 'dev' };
    const base = { ...BASE, ...beside };
    const role = value.startsWith('{ role_arn') ? { [name]: `{ ${ROLE} }` } : {};
    const before = await read(value === `{ ${ROLE} }` ? base : { ...base, ...role }, env);
    const after = await read({ ...base, [name]: value }, env);
    expect(after.problems).toEqual([]);
    if (argument === 'skip_region_validation') return expect(before.problems).toHaveLength(1);
    expect(after.backend).not.toBe(before.backend);
  });

  it.each(Object.entries(REPORTED))('%s has no effect, and a warning says so', async (argument, value) => {
    const { warnings, problems } = await read({ ...BASE, [findName(argument)]: value });
    expect(problems).toEqual([]);
    const [, field = argument] = argument.split('.');
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`${field}.* no effect`))]);
  });

  it.each(Object.entries(REFUSED))('%s is refused, and the error names it', async (argument, value) => {
    const { problems } = await read({ ...BASE, [findName(argument)]: value });
    expect(problems).toEqual([
      expect.objectContaining({
        fix: expect.stringContaining(`main.tf:6: ${argument}: this action does not`),
      }),
    ]);
  });

  it.each(Object.entries(UNUSED))('%s is accepted, and nothing is said', async (argument, value) => {
    const without = await read(BASE);
    expect(await read({ ...BASE, [findName(argument)]: value })).toEqual({
      ...without,
      log: expect.anything(),
    });
  });

  it('are all in these tables', () => {
    const all = Object.keys({ ...HONOURED, ...REPORTED, ...UNUSED, ...REFUSED });
    const fields = all.flatMap((name) => {
      const rule = findRule(findName(name));
      expect(rule, name).toBeDefined();
      return rule !== undefined && 'fields' in rule
        ? Object.keys(rule.fields).map((field) => `${findName(name)}.${field}`)
        : [findName(name)];
    });
    expect([...new Set(fields)].sort()).toEqual(all.sort());
  });
});

describe('the environment as the last source', () => {
  it.each([
    ['region', 'AWS_REGION', 'us-east-2'],
    ['region', 'AWS_DEFAULT_REGION', 'us-east-2'],
    ['endpoint', 'AWS_ENDPOINT_URL_S3', 'https://e'],
    ['endpoint', 'AWS_S3_ENDPOINT', 'https://e'],
    ['endpoint, dynamodb_endpoint, sts_endpoint', 'AWS_ENDPOINT_URL', 'https://e'],
    ['dynamodb_endpoint', 'AWS_ENDPOINT_URL_DYNAMODB', 'https://e'],
    ['dynamodb_endpoint', 'AWS_DYNAMODB_ENDPOINT', 'https://e'],
    ['sts_endpoint', 'AWS_ENDPOINT_URL_STS', 'https://e'],
    ['sts_endpoint', 'AWS_STS_ENDPOINT', 'https://e'],
    ['sse_customer_key', 'AWS_SSE_CUSTOMER_KEY', KEY.slice(1, -1)],
    ['use_fips_endpoint', 'AWS_USE_FIPS_ENDPOINT', 'true'],
    ['use_dualstack_endpoint', 'AWS_USE_DUALSTACK_ENDPOINT', 'true'],
    ['http_proxy', 'HTTP_PROXY', 'http://p'],
    ['https_proxy', 'https_proxy', 'http://p'],
    ['no_proxy', 'NO_PROXY', 'h'],
    ['retry_mode', 'AWS_RETRY_MODE', 'adaptive'],
    ['ec2_metadata_service_endpoint', 'AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://m'],
    ['ec2_metadata_service_endpoint', 'AWS_METADATA_URL', 'http://m'],
    ['ec2_metadata_service_endpoint_mode', 'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE', 'IPv6'],
    ['workspace', 'TF_WORKSPACE', 'dev'],
  ])('%s comes from %s, and the log says so', async (names, variable, value) => {
    const { region, ...rest } = BASE;
    const block = names === 'region' ? rest : { ...rest, region };
    const before = await read(block, {});
    const after = await read(block, { [variable]: value });
    expect(after.problems).toEqual([]);
    expect(after.backend).not.toBe(before.backend);
    expect(after.log).toContain(`${names} from ${variable}`);
    if (names === 'region') expect(before.log).toContain('region from the AWS profile');
  });

  it('has lower priority than an argument, even an empty one', async () => {
    const env = { AWS_RETRY_MODE: 'adaptive', NO_PROXY: 'h', HTTPS_PROXY: 'http://p' };
    const none = { retry_mode: '"standard"', no_proxy: '""', https_proxy: '""' };
    const { log, backend } = await read({ ...BASE, ...none }, env);
    expect(log).toBe('Settings: bucket, key, region, https_proxy, no_proxy, retry_mode from main.tf.');
    expect(backend).toContain('"retryMode":"standard"');
    expect(backend).not.toContain('"http://p"');
    expect(backend).not.toContain('"noProxy":"h"');
  });
});
