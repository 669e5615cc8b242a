import { symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BACKEND_INPUTS } from '../../src/inputs/backend-block/arguments.ts';
import { readHoldInputs } from '../../src/inputs/hold-inputs.ts';
import { InputError } from '../../src/inputs/input-error.ts';
import { readActionSettings } from '../../src/inputs/read-action-inputs.ts';
import { explain } from '../../src/messages/explain.ts';
import { createInputReader } from '../../src/runner/inputs.ts';
import { findModule, withSelection } from '../../src/steps/main/find-module.ts';
import { inputEnv, job } from '../job-state/support.ts';
import { folderWith } from '../support/terraform-backend.ts';

const LONG = `S3CR3T${'x'.repeat(2_000)}`;
const NAMES = BACKEND_INPUTS.filter((name) => !name.includes('.'));
/** Values for an argument, none of which its input accepts. */
const VALUES = [
  '"/S3CR3T//S3CR3T"',
  '["/S3CR3T//"]',
  '{ S3CR3T = "/S3CR3T//" }',
  'S3CR3T.reference',
  '12S3CR3T',
];
const ARGUMENTS = [
  ...NAMES.flatMap((name) => VALUES.map((value) => `${name} = ${value}`)),
  'dynamodb_table = "S3CR3T-1"\nlock_table = "other-table"',
  'S3CR3T = 1',
  `${LONG} = 1`,
  'S3CR3T {}',
  `${LONG} {}`,
  'endpoints = { S3CR3T = 1 }',
  `endpoints = { ${LONG} = 1 }`,
  'assume_role = { role_arn = "S3CR3T", S3CR3T = 1 }',
  'S3CR3T = 1\nassume_role_tags = { "github:S3CR3T" = "x" }\nrole_arn = "arn:aws:iam::111122223333:role/r"',
];
const BROKEN = [
  'S3CR3T',
  'S3CR3T = 1\nS3CR3T = 2',
  `${LONG} = 1\n${LONG} = 2`,
  'S3CR3T "',
  `${LONG} %`,
  'S3CR3T {',
  `${LONG} {`,
  'x = <<S3CR3T\nS3CR3T-',
  `x = <<${LONG}\n`,
  '[default]\naws_secret_access_key = S3CR3T',
  'S3CR3T = "\\S3CR3T"',
];
const inBlock = (text: string, type = 's3') => `terraform {\n backend "${type}" {\n${text}\n}\n}\n`;

interface Machine {
  /** Files in the checkout. */
  readonly files?: Record<string, string>;
  /** Files on the machine, outside the checkout. */
  readonly outside?: Record<string, string>;
  /** Links in the checkout, to paths relative to its parent folder. */
  readonly links?: Record<string, string>;
  readonly inputs: Record<string, string>;
  readonly env?: (base: string) => Record<string, string>;
}

/** Every message that main prints for these inputs before anything is touched. */
async function read({ files = {}, outside = {}, links = {}, inputs, env = () => ({}) }: Machine) {
  const within = Object.entries({ '.keep': '', 'infra/.keep': '', ...files });
  const base = await folderWith({
    ...Object.fromEntries(within.map(([name, text]) => [join('checkout', name), text])),
    ...outside,
  });
  const workspace = join(base, 'checkout');
  for (const [link, target] of Object.entries(links))
    await symlink(join(base, target), join(workspace, link));
  return await readIn(workspace, { ...env(base), ...inputEnv(inputs) });
}

async function readIn(workspace: string, all: Record<string, string>): Promise<string> {
  const log: string[] = [];
  const note = (line: string) => log.push(line);
  const runner = { info: note, notice: note, warning: note, mask: () => {} };
  const ours = { ...job, workspace };
  const module = await findModule(all, ours);
  const { given, region } = await readActionSettings({ env: all, runner }, ours, (settings) =>
    withSelection(all, settings, module?.module),
  );
  const { inputs, problems } = readHoldInputs({ env: all, job: ours, profileRegion: region, given });
  const error = explain(new InputError([...problems, ...(module?.problems ?? [])]), 0);
  return [...log, ...inputs.warnings, error].join('\n').replaceAll(dirname(workspace), '');
}

/** The location comes from inputs, so files that are read can cause only an error. */
const SCOPE = { bucket: 'b', key: 'k', region: 'eu-west-1', dynamodb_table: 'locks' };
const shown = (text: string) => /S3CR3T.{0,60}/.exec(text)?.[0];

describe('a file outside the checkout that a link leads to', () => {
  const refused = async (machine: Machine) => {
    const reported = await read(machine);
    expect(reported).toMatch(/can't be used/);
    return shown(reported);
  };

  it.each(['true', 'false'])(
    'is not quoted when its arguments are wrong (trust_repository: %s)',
    async (trust) => {
      const reported = await Promise.all(
        ARGUMENTS.flatMap((text) => [
          read({
            outside: { 'secret.tf': inBlock(text) },
            links: { 'infra/main.tf': 'secret.tf' },
            inputs: { working_directory: 'infra', trust_repository: trust },
          }),
          read({
            outside: { 'secret.hcl': text },
            links: { 'prod.hcl': 'secret.hcl' },
            inputs: { backend_config: 'prod.hcl', trust_repository: trust },
          }),
        ]),
      );
      expect(reported.map(shown).filter(Boolean)).toEqual([]);
      expect(reported.filter((text) => !/can't be used/.test(text))).toEqual([]);
    },
  );

  it.each(BROKEN.map((text) => [text.slice(0, 40), text]))(
    'is not quoted when its syntax is wrong: %j',
    async (_, text) => {
      for (const name of ['main.tf', 'main.tf.json']) {
        const outside = { secret: text };
        const links = { [join('infra', name)]: 'secret' };
        expect(await refused({ outside, links, inputs: { ...SCOPE, working_directory: 'infra' } })).toBe(
          undefined,
        );
        expect(
          await refused({ outside, links, inputs: { ...SCOPE, backend_config: join('infra', name) } }),
        ).toBe(undefined);
      }
    },
  );

  it('is not quoted when it has another backend', async () => {
    const outside = { 'secret.tf': inBlock('', 'S3CR3T') };
    const links = { 'infra/main.tf': 'secret.tf' };
    expect(await refused({ outside, links, inputs: { working_directory: 'infra' } })).toBe(undefined);
  });

  it.each<[string, Omit<Machine, 'inputs'>, string]>([
    ['a folder is the link', { links: { envs: 'machine' } }, 'envs/prod.hcl'],
    ['a link leads to a link', { links: { first: 'checkout/second', second: 'machine' } }, 'first/prod.hcl'],
    ['a path leads out and back in', { links: { 'a.hcl': 'machine/prod.hcl' } }, '../machine/back/a.hcl'],
  ])('is not quoted when %s', async (_, machine, path) => {
    const base = await folderWith({ 'machine/prod.hcl': 'S3CR3T = 1', 'checkout/.keep': '' });
    const workspace = join(base, 'checkout');
    for (const [link, target] of Object.entries(machine.links ?? {})) {
      await symlink(join(base, target), join(workspace, link));
    }
    await symlink(workspace, join(base, 'machine/back'));
    const reported = await readIn(workspace, inputEnv({ ...SCOPE, backend_config: path }));
    expect(reported).toContain('(not shown) is not an argument');
  });

  it('is not quoted as the selected workspace', async () => {
    const machine = {
      outside: { 'machine/environment': 'S3CR3T' },
      links: { 'infra/.terraform': 'machine' },
    };
    for (const workspace of [{}, { workspace: 'prod' }]) {
      const reported = await read({
        ...machine,
        inputs: { ...SCOPE, working_directory: 'infra', ...workspace },
      });
      expect(shown(reported)).toBe(undefined);
    }
  });

  const leadsOut = (input: string) =>
    new RegExp(
      `${input} is ".*": (it comes from \\w+; )?a link in it leads out of the checkout, to /secret: name`,
    );

  it.each([
    'custom_ca_bundle',
    'shared_config_files',
    'shared_credentials_files',
    'shared_credentials_file',
    'web_identity_token_file',
  ])('is not read or sent through the name of %s', async (input) => {
    const machine = { outside: { secret: 'S3CR3T' }, links: { link: 'secret' } };
    const role = { role_arn: 'arn:aws:iam::111122223333:role/r' };
    const reported = await read({ ...machine, inputs: { ...SCOPE, ...role, [input]: 'link' } });
    expect(reported).toMatch(leadsOut(input));
    expect(shown(reported)).toBe(undefined);
  });

  it.each([
    ['AWS_CA_BUNDLE', 'custom_ca_bundle'],
    ['AWS_SHARED_CREDENTIALS_FILE', 'shared_credentials_files'],
    ['AWS_SHARED_CONFIG_FILE', 'shared_config_files'],
    ['AWS_CONFIG_FILE', 'shared_config_files'],
    ['AWS_WEB_IDENTITY_TOKEN_FILE', 'web_identity_token_file'],
    ['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', 'web_identity_token_file'],
  ])('is not read or sent through %s', async (variable, input) => {
    const reported = await read({
      outside: { secret: 'S3CR3T' },
      links: { link: 'secret' },
      inputs: SCOPE,
      env: (base) => ({ [variable]: join(base, 'checkout/link') }),
    });
    expect(reported).toMatch(leadsOut(input));
    expect(shown(reported)).toBe(undefined);
  });
});

describe('a file of the checkout', () => {
  it.each(['region', 'retry_mode', 'insecure'])('is quoted with at most 40 characters: %s', (input) => {
    const settings = new Map([[input, { text: LONG, from: 'infra/main.tf:3', isQuotable: true }]]);
    const reader = createInputReader({}, { settings, problems: [], unread: new Set(), folder: undefined });
    reader.reject(input, LONG, 'correct it');
    expect(reader.problems[0]?.value).toBe(`${LONG.slice(0, 40)}...`);
    expect(reader.problems[0]?.fix).toBe('it comes from infra/main.tf:3; correct it');
  });

  it('is quoted with at most 40 characters in all errors about its syntax and names', async () => {
    const texts = [...ARGUMENTS, ...BROKEN].filter((text) => text.includes(LONG));
    const reported = await Promise.all(
      [...texts.map((text) => inBlock(text)), ...texts, inBlock('', LONG)].map((text) =>
        read({ files: { 'infra/main.tf': text }, inputs: { working_directory: 'infra' } }),
      ),
    );
    const quoted = reported.map((text) => /S3CR3Tx*/.exec(text)?.[0].length ?? 0);
    expect(Math.max(...quoted)).toBe(40);
  });

  it('is quoted when a link leads to it', async () => {
    const files = { 'shared/prod.hcl': 'S3CR3T = 1' };
    const links = { 'prod.hcl': 'checkout/shared/prod.hcl' };
    expect(shown(await read({ files, links, inputs: { ...SCOPE, backend_config: 'prod.hcl' } }))).toMatch(
      /^S3CR3T is not an argument/,
    );
  });

  it('is quoted when the workflow itself names a file outside the checkout', async () => {
    const outside = { 'prod.hcl': 'S3CR3T = 1' };
    expect(shown(await read({ outside, inputs: { ...SCOPE, backend_config: '../prod.hcl' } }))).toMatch(
      /^S3CR3T is not an argument/,
    );
  });
});
