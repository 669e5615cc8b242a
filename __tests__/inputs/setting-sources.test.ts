import { describe, expect, it } from 'vitest';
import { listVariables, SETTING_VARIABLES } from '../../src/inputs/backend-block/setting-variables.ts';
import { readBackendInputs } from '../../src/inputs/backend-inputs.ts';
import { createInputReader } from '../../src/runner/inputs.ts';
import { readDecryption } from '../../src/steps/outputs/decryption-inputs.ts';
import { inputEnv, job, openReader } from '../job-state/support.ts';
import { folderWith } from '../support/terraform-backend.ts';

interface BadSetting {
  readonly value: string;
  /** As an argument in HCL; by default the value in quotes. */
  readonly argument?: string;
  /** Other inputs with which the value is bad. */
  readonly beside?: Record<string, string>;
}

const ELSEWHERE = 'http://store.example';
const OWN_KEY = { encrypt: 'true', sse_customer_key: `${'A'.repeat(43)}=` };
const SESSION = { access_key: 'AKIA', secret_key: 's', token: 't' };

/** A bad value for each setting that may come from a variable. */
const BAD: Readonly<Record<string, readonly BadSetting[]>> = {
  endpoint: [{ value: 'ftp://s3' }, { value: ELSEWHERE, beside: OWN_KEY }],
  dynamodb_endpoint: [{ value: 'ftp://d' }, { value: ELSEWHERE, beside: SESSION }],
  sts_endpoint: [{ value: 'ftp://sts' }],
  sse_customer_key: [{ value: 'short' }],
  use_fips_endpoint: [{ value: 'yes' }, { value: 'true', beside: { endpoint: 'https://s3' } }],
  use_dualstack_endpoint: [{ value: 'yes' }, { value: 'true', beside: { sts_endpoint: 'https://sts' } }],
  custom_ca_bundle: [{ value: '/no/such.pem' }],
  http_proxy: [{ value: 'ftp://proxy' }],
  https_proxy: [{ value: 'ftp://proxy' }],
  retry_mode: [{ value: 'fast' }],
  ec2_metadata_service_endpoint: [{ value: 'ftp://m' }],
  ec2_metadata_service_endpoint_mode: [{ value: 'IPv5' }],
  shared_config_files: [{ value: '$UNSET/c', argument: '["$UNSET/c"]' }],
  shared_credentials_files: [{ value: '$UNSET/c', argument: '["$UNSET/c"]' }],
  workspace: [{ value: 'a b' }],
};

/** Settings for which every value is accepted. */
const ANY_VALUE = ['region', 'no_proxy', 'skip_metadata_api_check'];

async function findProblems(inputs: Record<string, string>, env: Record<string, string> = {}, line = '') {
  const block = `terraform {\n  backend "s3" {\n    bucket = "b"\n${line}\n  }\n}\n`;
  const workspace = await folderWith({ 'main.tf': block });
  const least = { key: 'k', region: 'eu-west-1', working_directory: '.', trust_repository: 'true' };
  const all = { ...env, ...inputEnv({ ...least, ...inputs }) };
  const { reader } = await openReader(all, { workspace });
  readBackendInputs(reader, { ...job, workspace }, undefined);
  return reader.problems;
}

const rows = Object.entries(BAD).flatMap(([input, values]) => values.map((bad) => ({ input, ...bad })));
const variableRows = rows.flatMap((row) =>
  listVariables(row.input).map((variable) => ({ ...row, variable })),
);

describe('the error for a bad setting names where its value comes from', () => {
  it('for every setting that a variable may give', () => {
    expect(Object.keys(SETTING_VARIABLES).sort()).toEqual([...Object.keys(BAD), ...ANY_VALUE].sort());
  });

  it.each(rows)('$input ($value): the input', async ({ input, value, beside }) => {
    const [problem] = await findProblems({ ...beside, [input]: value });
    expect(problem).toMatchObject({ input });
    expect(problem?.fix).not.toContain('it comes from');
  });

  it.each(rows.filter(({ input }) => input !== 'workspace'))(
    '$input ($value): a line of the backend block and of backend_config',
    async (row) => {
      const { input, value, argument = `"${value}"`, beside = {} } = row;
      const fromBlock = { input, fix: expect.stringContaining('it comes from main.tf:4; ') };
      expect(await findProblems(beside, {}, `    ${input} = ${argument}`)).toMatchObject([fromBlock]);
      const line = argument.startsWith('[') ? argument : value;
      const [problem] = await findProblems({ ...beside, backend_config: `${input}=${line}` });
      expect(problem).toMatchObject({ input, fix: expect.stringContaining('it comes from backend_config') });
    },
  );

  it.each(variableRows)('$input ($value): $variable', async ({ input, value, beside = {}, variable }) => {
    const problems = await findProblems(beside, { [variable]: value });
    const fix = expect.stringContaining(`it comes from ${variable}; `);
    // What all endpoints share is named once, for the first of them.
    const first = variable === 'AWS_ENDPOINT_URL' ? expect.stringMatching(/endpoint$/) : input;
    expect(problems).toContainEqual(expect.objectContaining({ input: first, fix }));
    expect(problems.filter((problem) => !problem.fix.includes(variable))).toEqual([]);
  });

  it('once, when several settings come from one variable', async () => {
    expect(await findProblems({}, { AWS_ENDPOINT_URL: 'ftp://store' })).toHaveLength(1);
    expect(await findProblems(SESSION, { AWS_ENDPOINT_URL: ELSEWHERE })).toHaveLength(1);
    const ofTwo = { AWS_ENDPOINT_URL_S3: 'ftp://s3', AWS_ENDPOINT_URL: 'ftp://store' };
    expect(await findProblems({}, ofTwo)).toHaveLength(2);
  });

  it.each(['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'])(
    'a token file that %s names',
    async (variable) => {
      const problems = await findProblems({}, { [variable]: '$UNSET/token' });
      expect(problems).toMatchObject([{ fix: expect.stringContaining(`it comes from ${variable}; `) }]);
    },
  );

  it.each([
    [{ endpoint: 'https://s3' }, {}, 'endpoint'],
    [{}, { AWS_ENDPOINT_URL: 'https://s3' }, 'AWS_ENDPOINT_URL'],
    [{}, { AWS_DYNAMODB_ENDPOINT: 'https://d' }, 'AWS_DYNAMODB_ENDPOINT'],
  ])('the setting that excludes it, too: %o %o', async (inputs, env, other) => {
    const [problem] = await findProblems({ ...inputs, use_fips_endpoint: 'true' }, env);
    expect(problem?.fix).toContain(`but ${other} is given: remove one of them`);
  });

  it.each([
    [{ AWS_ENDPOINT_URL_KMS: 'kms', AWS_ENDPOINT_URL: 'https://k' }, 'AWS_ENDPOINT_URL_KMS'],
    [{ AWS_ENDPOINT_URL: 'ftp://k' }, 'AWS_ENDPOINT_URL'],
    [{ AWS_ENDPOINT_URL: ELSEWHERE }, 'AWS_ENDPOINT_URL'],
    [{ AWS_ENDPOINT_URL_KMS: ELSEWHERE }, 'AWS_ENDPOINT_URL_KMS'],
  ])('the endpoint of KMS, which has no input: %o', (env, variable) => {
    const reader = createInputReader({ ...env, ...inputEnv({ encryption_kms_key_id: 'alias/k' }) });
    readDecryption(reader, 'state', []);
    expect(reader.problems).toMatchObject([{ input: variable }]);
  });
});
