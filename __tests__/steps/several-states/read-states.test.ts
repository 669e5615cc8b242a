import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { InputError } from '../../../src/inputs/input-error.ts';
import type { InputProblem } from '../../../src/runner/inputs.ts';
import { readStatesInputs } from '../../../src/steps/main/read-states.ts';
import { inputEnv, job } from '../../job-state/support.ts';
import { collectingRunner } from '../../support/dependencies.ts';
import { allowedBy } from '../../support/iam.ts';

const WHERE = { bucket: 'states', region: 'us-east-1', dynamodb_table: 'locks' };

/** A checkout with the modules `net` and `app`, each with the key of its state. */
function makeCheckout(): string {
  const workspace = mkdtempSync(join(tmpdir(), 'read-states-'));
  onTestFinished(() => rmSync(workspace, { recursive: true }));
  for (const module of ['net', 'app']) {
    mkdirSync(join(workspace, module));
    const block = `terraform {\n  backend "s3" {\n    bucket = "of-${module}"\n    key = "${module}.tfstate"\n  }\n}\n`;
    writeFileSync(join(workspace, module, 'main.tf'), block);
  }
  return workspace;
}

async function read(inputs: Record<string, string>, env: Record<string, string> = {}) {
  const { runner } = collectingRunner();
  const deps = { env: { ...inputEnv(inputs), ...env }, runner };
  return await readStatesInputs(deps, { ...job, workspace: makeCheckout() });
}

async function findProblems(
  inputs: Record<string, string>,
  env: Record<string, string> = {},
): Promise<readonly InputProblem[]> {
  const error = await read(inputs, env).catch((reason: unknown) => reason);
  return error instanceof InputError ? error.problems : [];
}

it('each state has the backend block of its own folder, and inputs win in all of them', async () => {
  const { bucket: _, ...where } = WHERE;
  const states = 'net= working_directory=net\napp=x.tfstate working_directory=app workspace=prod';
  const read1 = await read({ ...where, states, workspace: 'stage' });
  expect(read1.states.map(({ name, inputs }) => [name, inputs.backend.address.lockPath])).toEqual([
    ['net', 'of-net/env:/stage/net.tfstate'],
    ['app', 'of-app/env:/prod/x.tfstate'],
  ]);
  const read2 = await read({ ...WHERE, states });
  expect(read2.states.map(({ inputs }) => inputs.backend.address.bucket)).toEqual(['states', 'states']);
});

it('each state has a session that can use only that state', async () => {
  const role_arn = 'arn:aws:iam::111122223333:role/states';
  const keys = { access_key: 'AKIAIOSFODNN7EXAMPLE', secret_key: 'wJalrXUtnFEMI' };
  const { states } = await read({ ...WHERE, ...keys, role_arn, states: 'a=a.tfstate\nb=b.tfstate' });
  const mayPut = states.map(({ inputs }) =>
    ['a.tfstate', 'b.tfstate'].map((key) => {
      const policy = inputs.backend.aws.credentials.assumeRole?.policy ?? '';
      const put = { action: 's3:PutObject', resource: `arn:aws:s3:::states/${key}`, context: {} };
      return allowedBy(policy, put).length > 0;
    }),
  );
  expect(mayPut).toEqual([
    [true, false],
    [false, true],
  ]);
});

it.each([
  ['one state in two lines', 'a=k.tfstate\nb=k.tfstate', {}, 'it is the state of a, states/k.tfstate'],
  [
    'one working directory for two states',
    'a=k working_directory=net\nb=l working_directory=./net',
    {},
    'it has the working directory of a',
  ],
  [
    'one data directory for two modules',
    'a=k working_directory=net\nb=l working_directory=app',
    { TF_DATA_DIR: '/data' },
    'it has the data directory of Terraform of a',
  ],
  ['a key that is none', 'a=k\nb=//l', {}, 'key: must not'],
  ['a workspace that is none', 'a=k\nb=l workspace=..', {}, 'workspace: choose another name'],
  ['a folder that is not there', 'a=k\nb=l working_directory=no', {}, 'working_directory: '],
  [
    'another workspace than TF_WORKSPACE',
    'a=k\nb=l workspace=prod working_directory=net',
    { TF_WORKSPACE: 'stage' },
    'workspace: TF_WORKSPACE is stage',
  ],
])('reports a problem of the second line: %s', async (_, states, env, fix) => {
  const problems = await findProblems({ ...WHERE, states }, env);
  const value = states.split('\n')[1];
  expect(problems).toContainEqual({ input: 'states', value, fix: expect.stringContaining(fix) });
  expect(new Set(problems.map((problem) => problem.value))).toEqual(new Set([value]));
});

it('reports a problem of all states once, and names the state of a single one', async () => {
  const { bucket: _, ...where } = WHERE;
  const states = 'net= working_directory=net\nb=b.tfstate';
  const problems = await findProblems({ ...where, states, lock_timeout: 'soon' });
  expect(problems.map(({ input }) => input).sort()).toEqual(['bucket', 'lock_timeout']);
  expect(problems.find(({ input }) => input === 'bucket')?.fix).toContain('(for the state b)');
});
