// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBackendInputs } from '../../../src/inputs/backend-inputs.ts';
import { readCredentials } from '../../../src/inputs/credential-inputs.ts';
import { writeOverride } from '../../../src/workspace-files/override-file.ts';
import { inputEnv, job, openReader } from '../../job-state/support.ts';
import { folderWith } from '../../support/terraform-backend.ts';

const block = (...lines: string[]) =>
  ['terraform {', '  backend "s3" {', ...lines.map((line) => `    ${line}`), '  }', '}', ''].join('\n');

interface Given {
  readonly files?: Record<string, string>;
  readonly inputs?: Record<string, string>;
  readonly env?: Record<string, string>;
}

/** Reads the settings of a checkout whose module is in `infra`. */
async function given({ files = {}, inputs = {}, env = {} }: Given) {
  const workspace = await folderWith({ 'infra/.keep': '', ...files });
  return givenIn(workspace, inputs, env);
}

async function givenIn(workspace: string, inputs: Record<string, string>, env: Record<string, string> = {}) {
  const all = {
    ...env,
    ...inputEnv({ working_directory: 'infra', trust_repository: 'true', ...inputs }),
  };
  const { reader, settings, log, masks } = await openReader(all, { workspace });
  const fixes = settings.problems.map(({ input, fix }) => `${input}: ${fix.replaceAll(workspace, 'W')}`);
  return { reader, log, masks, fixes, problems: settings.problems };
}

const MAIN = block('bucket = "from-block"', 'key = "block"', 'region = "eu-west-1"', 'encrypt = true');

describe('settings from the backend block and backend_config', () => {
  it('come from the first source that has them: inputs, the later line, the earlier line, the block', async () => {
    const { reader, log, fixes } = await given({
      files: { 'infra/main.tf': MAIN, 'infra/prod.hcl': 'key = "file"\nregion = "us-east-1"\n' },
      inputs: { bucket: 'from-input', backend_config: 'prod.hcl\n\n  key=a=b\n' },
      env: { AWS_ENDPOINT_URL_STS: 'https://sts.example.com' },
    });
    expect(fixes).toEqual([]);
    const texts = ['bucket', 'key', 'region', 'encrypt'].map((name) => reader.text(name));
    expect(texts).toEqual(['from-input', 'a=b', 'us-east-1', 'true']);
    const origins = log.join('\n');
    expect(origins).toContain('bucket from the inputs');
    expect(origins).toContain('key from backend_config');
    expect(origins).toContain('region from prod.hcl');
    expect(origins).toContain(`encrypt from ${join('infra', 'main.tf')}`);
    expect(origins).toContain('sts_endpoint from AWS_ENDPOINT_URL_STS');
    expect(log).toHaveLength(1);
  });

  it('are not read or mentioned without either input', async () => {
    const { log, fixes, reader } = await given({ inputs: { working_directory: '' } });
    expect({ log, fixes, bucket: reader.text('bucket') }).toEqual({ log: [], fixes: [], bucket: undefined });
  });

  it('mean the same in new and old forms', async () => {
    const role = 'arn:aws:iam::123456789012:role/r';
    const { reader, fixes } = await given({
      files: {
        'infra/main.tf': block(
          `assume_role = { role_arn = "${role}", external_id = "x1", session_name = "s1", policy = "{}", duration = "1h", tags = { a = 1 } }`,
          'endpoints = { s3 = "https://s3", dynamodb = "https://d", sts = "https://sts", iam = "https://iam" }',
          'shared_credentials_files = ["~/creds", "b"]',
          'allowed_account_ids = []',
          'http_proxy = ""',
          'workspace_key_prefix = ""',
        ),
      },
    });
    expect(fixes).toEqual([]);
    const names = ['role_arn', 'external_id', 'session_name', 'assume_role_policy', 'endpoint'];
    const more = ['dynamodb_endpoint', 'sts_endpoint', 'shared_credentials_files'];
    expect([...names, ...more, 'workspace_key_prefix'].map((name) => reader.text(name))).toEqual([
      role,
      'x1',
      's1',
      '{}',
      'https://s3',
      'https://d',
      'https://sts',
      '["~/creds","b"]',
      '""',
    ]);
    expect(reader.text('assume_role_duration')).toBe('1h');
    expect(reader.text('assume_role_tags')).toBe('{"a":"1"}');
    expect(reader.text('allowed_account_ids')).toBeUndefined();
    expect(reader.text('http_proxy')).toBe('""');
    const web = await given({
      inputs: {
        backend_config: `assume_role_with_web_identity={ role_arn = "${role}", web_identity_token_file = "/t" }`,
      },
    });
    expect(web.fixes).toEqual([]);
    expect(web.reader.text('web_identity_token_file')).toBe('/t');
  });

  it('of both role blocks describe two roles, and a role_arn input replaces both', async () => {
    const [ci, state] = ['ci', 'state'].map((name) => `arn:aws:iam::123456789012:role/${name}`);
    const files = {
      'infra/main.tf': block(
        `assume_role_with_web_identity = { role_arn = "${ci}", duration = "30m" }`,
        `assume_role = { role_arn = "${state}", duration = "15m" }`,
      ),
    };
    const { reader, fixes } = await given({ files });
    expect(fixes).toEqual([]);
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'u', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' };
    const chain = readCredentials(
      { ...reader, environment: (name) => env[name as keyof typeof env] },
      job,
      [],
    );
    expect(chain).toMatchObject({
      webIdentity: { roleArn: ci, durationSeconds: 1800 },
      assumeRole: { roleArn: state, durationSeconds: 900 },
    });
    const other = await given({ files, inputs: { role_arn: `${state}-2` } });
    expect(readCredentials(other.reader, job, [])).toMatchObject({
      webIdentity: undefined,
      via: [],
      assumeRole: { roleArn: `${state}-2` },
    });
  });

  it('are reported with their position when they are bad, and an input with its name', async () => {
    const { reader } = await given({
      files: { 'infra/main.tf': block('encrypt = "sometimes"', 'max_retries = -1') },
      inputs: { max_retries: 'many' },
    });
    reader.boolean('encrypt');
    reader.integer('max_retries', 0);
    expect(reader.problems.map(({ value, fix }) => [value, fix])).toEqual([
      ['sometimes', `it comes from ${join('infra', 'main.tf')}:3; use true or false`],
      ['many', 'use a whole number of at least 0'],
    ]);
  });

  it('lose an argument when a line has nothing after the =', async () => {
    const { reader, fixes } = await given({
      files: {
        'infra/main.tf': block(
          'profile = "laptop"',
          'state_tags = { a = "b" }',
          'assume_role = { tags = { a = "b" } }',
        ),
      },
      inputs: { backend_config: 'profile=\nstate_tags=\nassume_role=' },
    });
    expect(fixes).toEqual([]);
    expect(reader.text('profile')).toBeUndefined();
  });

  it('are masked when they are secret, and appear in no log or problem', async () => {
    const { log, masks, problems } = await given({
      files: { 'infra/main.tf': block('token = "from-the-block"', 'encrypt = true') },
      inputs: {
        backend_config: 'secret_key=hush hush\nsse_customer_key={"top": "secret"}\nsecret key=blank',
      },
    });
    expect(masks).toEqual(expect.arrayContaining(['from-the-block', 'hush hush', '{"top": "secret"}']));
    expect(JSON.stringify([log, problems])).not.toMatch(/hush|top|from-the-block|=blank/);
    expect(problems).toHaveLength(1);
  });

  it("never come from our own override file, but from anybody else's", async () => {
    const workspace = await folderWith({ 'infra/main.tf': MAIN });
    await writeOverride(join(workspace, 'infra'), {
      privateDirectory: join(workspace, 'private'),
      stateDirectory: '/tmp/terraform-s3-state-x',
      workspace: 'default',
      selectedBefore: undefined,
    });
    const { reader, fixes } = await givenIn(workspace, {});
    expect(fixes).toEqual([]);
    expect(reader.text('bucket')).toBe('from-block');
    const other = await given({
      files: {
        'infra/main.tf': MAIN,
        'infra/zzz_override.tf.json': '{"terraform":{"backend":{"local":{}}}}',
      },
    });
    expect(other.fixes[0]).toContain('this is backend "local"');
  });
});

describe('a module of OpenTofu', () => {
  const tofu = MAIN.replace('from-block', 'from-tofu');

  it('has its own files, including override files', async () => {
    const { reader, fixes } = await given({ files: { 'infra/main.tofu': tofu } });
    expect([reader.text('bucket'), ...fixes]).toEqual(['from-tofu']);
    const json = '{"terraform": {"backend": {"s3": {"bucket": "from-json"}}}}';
    const files = { 'infra/main.tofu': tofu, 'infra/x_override.tofu.json': json };
    expect((await given({ files })).reader.text('bucket')).toBe('from-json');
  });

  it('may also be a Terraform module: x.tofu is read in place of x.tf, and both have one backend', async () => {
    const files = { 'infra/main.tf': `\n# elsewhere\n${MAIN}`, 'infra/main.tofu': MAIN };
    const { reader, fixes } = await given({ files });
    expect([reader.text('bucket'), ...fixes]).toEqual(['from-block']);
    const others = { ...files, 'infra/a.tf': 'locals {}', 'infra/a.tofu': 'locals {\n a = 1 }' };
    expect((await given({ files: others })).fixes).toEqual([]);
  });

  it.each([
    [
      { 'infra/main.tf': MAIN, 'infra/main.tofu': tofu },
      'main.tofu:2: OpenTofu reads this backend, but Terraform reads another one in main.tf:2',
    ],
    [
      { 'infra/main.tf': MAIN, 'infra/main.tofu': 'locals {}' },
      'main.tf:2: Terraform reads this backend, but OpenTofu reads none',
    ],
    [
      { 'infra/main.tf': MAIN, 'infra/x_override.tofu': tofu },
      'x_override.tofu:2: OpenTofu reads this backend, but Terraform reads another one in main.tf:2',
    ],
  ])('with a different backend for Terraform is an error, not a guess: %o', async (files, words) => {
    const { fixes } = await given({ files });
    expect(fixes).toEqual([expect.stringContaining(words)]);
    const located = await given({ files, inputs: { bucket: 'b', backend_config: 'key=k' } });
    expect(located.fixes).toEqual([]);
    expect(located.log[0]).toContain(words);
  });

  it('has one backend only, counted as OpenTofu reads the files', async () => {
    const { fixes } = await given({ files: { 'infra/a.tofu': MAIN, 'infra/b.tf': MAIN } });
    expect(fixes).toEqual([expect.stringContaining('a module has only one backend')]);
  });
});

describe("what can't be honoured is reported with its position", () => {
  const main = join('infra', 'main.tf');

  it.each([
    ['bucket = var.bucket', `bucket is not a constant (var.bucket): give it as an input`],
    ['bucket = "a-${terraform.workspace}"', 'bucket is not a constant: give it as an input'],
    ['endpoints = { s3 = local.url }', 'endpoints.s3 is not a constant (local.url)'],
    ['endpoints = var.endpoints', 'endpoints is not a constant (var.endpoints)'],
    ['bukcet = "b"', "bukcet is not an argument of Terraform's S3 backend"],
    ['assume_role = { arn = "x" }', 'there is no assume_role.arn'],
    ['endpoints = { toString = "x" }', 'there is no endpoints.toString'],
    ['assume_role {}', 'write assume_role = { ... }, with a =: it is not a block'],
    ['assume_role = "x"', 'assume_role is an object'],
    ['bucket = ["b"]', 'bucket takes one string'],
    ['allowed_account_ids = "1"', 'allowed_account_ids takes a list of strings'],
    ['allowed_account_ids = [var.account]', 'allowed_account_ids is not a constant (var.account)'],
    ['assume_role = { tags = ["a"] }', 'assume_role.tags takes an object of strings'],
    ['assume_role = { tags = { a = var.a } }', 'assume_role.tags is not a constant (var.a)'],
    [
      'endpoints = { sso = "https://x" }',
      'endpoints.sso: this action does not support it; set AWS_ENDPOINT_URL_SSO',
    ],
    [
      'assume_role_with_web_identity = { web_identity_token = "t" }',
      'assume_role_with_web_identity.web_identity_token: this action does not support it; give web_identity_token_file',
    ],
  ])('%s', async (line, words) => {
    const { fixes } = await given({ files: { 'infra/main.tf': block(line) } });
    expect(fixes).toEqual([expect.stringContaining(`working_directory: ${main}:3: ${words}`)]);
  });

  it.each([
    ['endpoints', 's3 = "https://s3.example"', 'sso = "https://x"', 'endpoint'],
    [
      'assume_role_with_web_identity',
      'web_identity_token_file = "/t"',
      'web_identity_token = "t"',
      'web_identity_token_file',
    ],
  ])(
    'a refused field of %s: the fix removes it and keeps the others',
    async (argument, kept, refused, input) => {
      const files = { 'infra/main.tf': block(`${argument} = { ${kept}, ${refused} }`) };
      const [field = ''] = refused.split(' ');
      const inputs = { trust_repository: 'true' };
      const { fixes } = await given({ files, inputs });
      expect(fixes).toEqual([
        expect.stringContaining(`give the line ${argument}={ ... } without ${field} in backend_config`),
      ]);
      const backend_config = `${argument}={ ${kept} }`;
      const fixed = await given({ files, inputs: { ...inputs, backend_config } });
      expect(fixed.fixes).toEqual([]);
      expect(fixed.reader.text(input)).toBeDefined();
    },
  );

  it.each(['state_tags = {}', 'endpoints = { sso = "" }', 'http_proxy = null', 'assume_role = {}'])(
    '%s has no effect and is accepted',
    async (line) => expect((await given({ files: { 'infra/main.tf': block(line) } })).fixes).toEqual([]),
  );

  it("an expression doesn't matter when an input overrides it", async () => {
    const files = { 'infra/main.tf': block('bucket = var.bucket', 'assume_role = { role_arn = var.role }') };
    const inputs = { bucket: 'b', role_arn: 'arn:aws:iam::123456789012:role/r' };
    expect((await given({ files, inputs })).fixes).toEqual([]);
  });

  it('two names of one setting contradict each other', async () => {
    const { fixes } = await given({
      files: { 'infra/main.tf': block('endpoint = "https://a"', 'endpoints = { s3 = "https://b" }') },
    });
    expect(fixes).toEqual([expect.stringContaining('endpoints.s3 and endpoint are the same setting')]);
  });

  it('a state_store block is named, in HCL and in JSON', async () => {
    const store = {
      'infra/main.tf': 'terraform {\n  state_store "s_store" {\n    provider "s" {}\n  }\n}\n',
    };
    const hcl = await given({ files: store });
    expect(hcl.fixes).toEqual([expect.stringContaining(`${main}:2: this is a state_store block`)]);
    const json = await given({
      files: { 'infra/main.tf.json': '{"terraform": {"state_store": {"s_store": {}}}}' },
    });
    expect(json.fixes).toEqual([expect.stringContaining('this is a state_store block')]);
  });

  it('a cloud block or another backend is an error, or only a notice when inputs set everything', async () => {
    const cloud = { 'infra/main.tf': 'terraform {\n  cloud {\n    organization = "o"\n  }\n}\n' };
    const alone = await given({ files: cloud });
    expect(alone.fixes).toEqual([expect.stringContaining(`${main}:2: this is a cloud block`)]);
    const { fixes, log } = await given({ files: cloud, inputs: { bucket: 'b', backend_config: 'key=k' } });
    expect(fixes).toEqual([]);
    expect(log[0]).toContain('this is a cloud block');
    const gcs = await given({ files: { 'infra/main.tf': 'terraform {\n backend "gcs" {}\n}' } });
    expect(gcs.fixes).toEqual([expect.stringContaining('this is backend "gcs"')]);
  });

  it.each([
    [
      { 'infra/main.tf': 'terraform {\n  backend "s3" {\n' },
      {},
      `${main}:2: the block backend is not closed`,
    ],
    [{ 'infra/main.tf': 'a = "x\n' }, {}, `${main}:1: the string is not closed`],
    [{ 'infra/main.tf.json': '{\n"a": 1,,\n}' }, {}, `${main}.json:2: this is not JSON`],
    [{}, { backend_config: 'prod.hcl' }, `there is no file ${join('W', 'infra', 'prod.hcl')}`],
    [{}, { backend_config: 'bucket = "b"' }, 'backend_config:1: write NAME=VALUE, without spaces'],
    [{}, { backend_config: 'key=k\nassume_role={' }, 'backend_config:2: write the value as in HCL'],
    [{}, { working_directory: 'none' }, `${join('W', 'none')} is not a directory`],
  ])('%j with %j is an error with its line', async (files, inputs, words) => {
    const { fixes } = await given({ files, inputs });
    expect(fixes).toEqual([expect.stringContaining(words)]);
  });
});

describe('a line of backend_config with shell syntax', () => {
  it.each([
    ['bucket="b"', 'write bucket=VALUE without the quotes'],
    ["key='k'", 'write key=VALUE without the quotes'],
    ['workspace_key_prefix=""', 'write workspace_key_prefix=VALUE without the quotes'],
    ['bucket=states-${ENV}', 'bucket: no shell expands this value'],
    ['secret_key=$(cat hush)', 'secret_key: no shell expands this value'],
    ['assume_role={ role_arn = "${ROLE}" }', 'assume_role: no shell expands this value'],
    ['custom_ca_bundle=$(pwd)/ca.pem', 'custom_ca_bundle: no shell expands this value'],
    ['"bucket=b"', 'write NAME=VALUE without quotes'],
    ["'bucket=b'", 'write NAME=VALUE without quotes'],
    ['-backend-config=bucket=b', 'write NAME=VALUE alone, without -backend-config'],
    ['-backend-config="secret_key=hush"', 'write NAME=VALUE alone, without -backend-config'],
    ['--backend-config bucket=b', 'write NAME=VALUE alone, without -backend-config'],
    ['-backend-config prod.hcl', 'write the path of the file alone, without -backend-config'],
    ['"prod.hcl"', 'write the path of the file without quotes'],
    ['$(pwd)/prod.hcl', 'no shell expands this path'],
    ['${ENV}.hcl', 'no shell expands this path'],
  ])('%s is an error that shows how to write it, but not the value', async (line, words) => {
    const { fixes, problems } = await given({ inputs: { backend_config: line } });
    expect(fixes).toEqual([expect.stringContaining(words)]);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });

  it.each([
    ['key=a"b"', 'key', 'a"b"'],
    ['key=$x/%{', 'key', '$x/%{'],
    ['custom_ca_bundle=${HOME}/ca.pem', 'custom_ca_bundle', '${HOME}/ca.pem'],
    ['assume_role_tags={ "a b" = "c" }', 'assume_role_tags', '{"a b":"c"}'],
  ])('%s is accepted', async (line, name, text) => {
    const { fixes, reader } = await given({ inputs: { backend_config: line } });
    expect([reader.text(name), ...fixes]).toEqual([text]);
  });
});

describe('booleans', () => {
  it.each([
    ['encrypt=1', true],
    ['encrypt=0', false],
    ['encrypt=true', true],
    ['use_lockfile=1', true],
    ['insecure=0', false],
  ])("the line %s has Terraform's meaning: %s", async (line, value) => {
    const { fixes, reader } = await given({ inputs: { backend_config: line } });
    expect(fixes).toEqual([]);
    expect(reader.boolean(line.split('=')[0] ?? '')).toBe(value);
  });

  it('as strings in a block mean the same, but numbers are refused', async () => {
    const text = await given({ files: { 'infra/main.tf': block('encrypt = "1"') } });
    expect(text.reader.boolean('encrypt')).toBe(true);
    const number = await given({ files: { 'infra/main.tf': block('encrypt = 1') } });
    expect(number.fixes).toEqual([expect.stringContaining('encrypt takes true or false')]);
  });
});

describe('settings that a broken file may contain are not reported as missing', () => {
  const readAll = async (files: Record<string, string>, inputs: Record<string, string> = {}) => {
    const { reader } = await given({ files, inputs });
    const about = { ...job, workspace: '/w' };
    readBackendInputs(reader, about, undefined);
    return reader.problems.map(({ input, value }) => `${input} ${value}`);
  };

  it.each([
    ['a syntax error in a file', { 'infra/main.tf': 'terraform {\n  backend "s3" {\n' }, {}],
    ['a syntax error elsewhere', { 'infra/main.tf': block('bucket = "b"'), 'infra/x.tf': 'a = "' }, {}],
    ['invalid JSON', { 'infra/main.tf.json': '{' }, {}],
    ['a missing file of backend_config', {}, { backend_config: 'none.hcl' }],
    ['a syntax error in a file of backend_config', { 'infra/x.hcl': 'a = "' }, { backend_config: 'x.hcl' }],
    ['a missing folder', {}, { working_directory: 'none' }],
    ['another backend', { 'infra/main.tf': 'terraform {\n backend "gcs" {}\n}' }, {}],
    ['a cloud block', { 'infra/main.tf': 'terraform {\n cloud {}\n}' }, {}],
  ])('%s is one problem', async (_, files, inputs) => {
    expect(await readAll(files, inputs)).toHaveLength(1);
  });

  it('non-constant settings are not reported as missing, but the rest is', async () => {
    const files = { 'infra/main.tf': block('bucket = var.bucket', 'region = ["a"]') };
    expect(await readAll(files)).toEqual([
      'working_directory infra',
      'working_directory infra',
      'key undefined',
    ]);
    const keys = { ...files, 'infra/x.hcl': 'key = "k"' };
    expect(await readAll(keys, { backend_config: 'x.hcl', access_key: 'AKIAALONE' })).toContain(
      'secret_key undefined',
    );
  });
});
