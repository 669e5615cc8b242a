import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { md5 } from '../packaged/support.ts';
import { putItem, putObject, readObject } from '../support/aws.ts';
import { s3BackendBlock, terraformEnv, writeConfig } from '../support/terraform.ts';
import { parseState, sharedStates } from './shared-state.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/state-surgery.yml');
const Workflow = v.object({
  jobs: v.object({
    move: v.object({
      steps: v.array(
        v.object({
          name: v.optional(v.string()),
          if: v.optional(v.string()),
          run: v.optional(v.string()),
          env: v.optional(v.record(v.string(), v.string()), {}),
          with: v.optional(v.record(v.string(), v.unknown()), {}),
        }),
      ),
    }),
  }),
});

const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();
const resource = (name: string, input = name) =>
  `resource "terraform_data" "${name}" {\n  input = "${input}"\n}\n`;
const pathExpression = (name: string) => `fromJSON(steps.hold.outputs.states).${name}.state_path`;
const named = (bytes: string | Uint8Array) =>
  parseState(bytes)
    .resources.map(({ name }) => name)
    .sort();

it.skipIf(!inject('terraform') || !motoUrl)(
  'the example moves a resource between two held states, and restores both when a module plans a change',
  async () => {
    const state = await setUp();
    const { clients, fixture } = state;
    const { bucket, table } = fixture;
    const job = await state.job();
    const { jobs } = v.parse(Workflow, parse(readFileSync(EXAMPLE, 'utf8')));
    const { steps } = jobs.move;
    const hold = steps.find(({ with: given }) => given.states !== undefined);
    const infra = (module: string) => join(job.workspace, 'infra', module);
    for (const [module, names] of Object.entries({ network: ['vpc', 'nat'], cluster: ['nodes'] })) {
      const key = `${module}/terraform.tfstate`;
      await writeConfig(infra(module), {
        'backend.tf': s3BackendBlock({ endpoint: motoUrl, bucket, table, key }),
        'main.tf': names.map((name) => resource(name)).join(''),
      });
      const text = makeState(names);
      await putObject(clients, bucket, key, text);
      await putItem(clients, table, `${bucket}/${key}-md5`, { Digest: md5(text) });
    }
    const { key: _, workspace: __, ...where } = state.inputs;
    const states = String(hold?.with.states);
    const inputs = { ...where, states, require_existing_state: 'true', trust_repository: 'true' };
    const main = await job.run('main', { with: inputs });
    expect(main.exitCode, main.log).toBe(0);
    const held = JSON.parse(main.outputs.states ?? '');
    const expressions = new Map<string, string>([
      ['inputs.address', 'terraform_data.nat'],
      ['inputs.new_address', 'terraform_data.gateway'],
      [pathExpression('network'), held.network.state_path],
      [pathExpression('cluster'), held.cluster.state_path],
    ]);
    const runStep = async (name: string) => {
      const step = steps.find((one) => one.name === name);
      const env = Object.entries(step?.env ?? {}).map(([variable, text]) => [
        variable,
        text.replace(/\$\{\{ (.*?) \}\}/, (_match, expression: string) => expressions.get(expression) ?? ''),
      ]);
      const options = { env: { ...terraformEnv(), ...Object.fromEntries(env) } };
      return (await job.runStep('bash', ['-e', '-c', step?.run ?? 'false'], options)).exitCode;
    };
    expect(await runStep('Keep both states as they are')).toBe(0);
    expect(await runStep('Move the resource')).toBe(0);
    expect(named(readFileSync(held.cluster.state_path))).toEqual(['gateway', 'nodes']);
    // The modules don't have the move yet.
    expect(await runStep('Check that neither module plans a change')).toBe(2);
    expect(await runStep('Put both states back')).toBe(0);
    // Post would push what a cancelled job has moved but not checked.
    expect(steps.find(({ name }) => name === 'Put both states back')?.if).toMatch(
      /^\(failure\(\) \|\| cancelled\(\)\) && /,
    );
    expect(named(readFileSync(held.network.state_path))).toEqual(['nat', 'vpc']);

    await writeConfig(infra('network'), { 'main.tf': resource('vpc') });
    await writeConfig(infra('cluster'), { 'main.tf': resource('nodes') + resource('gateway', 'nat') });
    expect(await runStep('Move the resource')).toBe(0);
    expect(await runStep('Check that neither module plans a change')).toBe(0);
    const post = await job.run('post', { omitInputs: true });
    expect(post).toMatchObject({ exitCode: 0 });
    const stored = async (module: string) =>
      named((await readObject(clients, bucket, `${module}/terraform.tfstate`)) ?? '');
    expect([await stored('network'), await stored('cluster')]).toEqual([['vpc'], ['gateway', 'nodes']]);
  },
);

/** The state that an apply of these resources makes. */
function makeState(names: readonly string[]): string {
  const resources = names.map((name) => {
    const value = { value: name, type: 'string' };
    const attributes = { id: `id-of-${name}`, input: value, output: value, triggers_replace: null };
    return {
      mode: 'managed',
      type: 'terraform_data',
      name,
      provider: 'provider["terraform.io/builtin/terraform"]',
      instances: [{ schema_version: 0, attributes, sensitive_attributes: [] }],
    };
  });
  const lineage = `of-${names[0]}`;
  const state = { version: 4, terraform_version: '1.11.4', serial: 1, lineage, outputs: {}, resources };
  return JSON.stringify({ ...state, check_results: null });
}
