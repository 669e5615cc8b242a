import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { isJsonObject, type JsonValue, printJson } from '../../src/statefile/json-tree.ts';
import { createOutputsReader } from '../../src/statefile/outputs.ts';
import { typeName } from '../../src/statefile/type-name.ts';
import { parseDefaults, typeOfDefault } from '../../src/steps/outputs/defaults.ts';
import { readObject } from '../support/aws.ts';
import type { StageResult } from '../support/runner.ts';
import { assertNoSecret } from '../support/runner-checks.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { s3BackendBlock } from '../support/terraform.ts';
import { everyType, manyOutputs, SECRETS } from './outputs-config.ts';
import { createRootModule, type RootModule } from './root-module.ts';
import { createSharedState, type SharedState, sharedStates } from './shared-state.ts';

const OUTPUTS = join(import.meta.dirname, '../../outputs');
const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

async function readOutputs(state: SharedState, inputs: Record<string, string> = {}): Promise<StageResult> {
  const { checkpoint_interval: _, ...where } = state.inputs;
  const result = await (await state.job()).run('main', { actionDir: OUTPUTS, with: { ...where, ...inputs } });
  if (result.conclusion !== 'success') throw new Error(result.log);
  return result;
}

/** A JSON object that keeps every digit. */
function parse(text: string | undefined): ReadonlyMap<string, JsonValue> {
  const parsed = parseDefaults(text ?? '');
  if (parsed === undefined) throw new Error(`no JSON object: ${text}`);
  return parsed;
}

function member(value: JsonValue | undefined, name: string): JsonValue {
  return (isJsonObject(value) ? value.get(name) : undefined) ?? null;
}

function toObject(value: JsonValue): ReadonlyMap<string, JsonValue> {
  if (!isJsonObject(value)) throw new Error(`no object: ${printJson(value)}`);
  return value;
}

function getElement(value: JsonValue, index: number): JsonValue {
  return (Array.isArray(value) ? value[index] : undefined) ?? null;
}

/** The outputs of a state as our reader sees them, including types. */
function parseOutputs(state: Uint8Array) {
  const reader = createOutputsReader();
  reader.write(state);
  const result = reader.end();
  if (result.kind === 'invalid') throw new Error(result.detail);
  return result.state.outputs;
}

/** JSON with sorted members, so equal values are equal texts. */
function canonical(value: JsonValue): string {
  return printJson(sorted(value));
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return new Map(
    [...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]),
  );
}

/** A value as a step output: a string unchanged, anything else as JSON. */
function stepText(value: JsonValue): string {
  return typeof value === 'string' ? value : printJson(value);
}

describe.skipIf(!inject('terraform') || !motoUrl)('outputs that the real terraform wrote', () => {
  runStepsInProcess();

  /** With an output of every type; the tests only read it. */
  let state: SharedState;
  let laptop: RootModule;

  beforeAll(async () => {
    state = await createSharedState({ endpoint: motoUrl });
    laptop = await state.laptop(everyType());
    await laptop.run('apply', '-auto-approve');
  });
  afterAll(() => state.dispose());

  it('are those of `terraform output -json`, value for value and type for type', async () => {
    const oracle = parse(await laptop.run('output', '-json'));
    const { outputs } = await readOutputs(state, { sensitive: 'mask', publish: 'none' });
    const open = [...oracle].filter(([, output]) => member(output, 'sensitive') !== true);
    expect(open.length).toBe(oracle.size / 2);
    const values = new Map(open.map(([name, output]) => [name, member(output, 'value')]));
    expect(canonical(parse(outputs.outputs))).toBe(canonical(values));
    for (const [name, value] of values) {
      const text = outputs[name] ?? 'is missing';
      const shown = typeof value === 'string' ? text : canonical(parse(`{"v":${text}}`).get('v') ?? null);
      expect(shown, name).toBe(typeof value === 'string' ? value : canonical(value));
    }
    expect(outputs.one_mebibyte).toHaveLength(1024 * 1024);
    const read = parseOutputs(await state.object());
    for (const [name, output] of oracle) {
      expect(read.get(name)?.type, name).toBe(typeName(member(output, 'type')));
      expect(read.get(name)?.sensitive, name).toBe(member(output, 'sensitive'));
    }
  });

  it('are those of the data source terraform_remote_state, including defaults', async () => {
    const defaults = '{"string": "unused", "extra": {"n": 12345678901234567890, "l": [1, "a", null]}}';
    const consumer = await createRootModule({ config: dataSource(state, defaults) });
    await consumer.run('apply', '-auto-approve');
    onTestFinished(() => rm(consumer.dir, { recursive: true }));
    const all = parse(await consumer.run('output', '-json')).get('all');
    const oracle = toObject(member(all, 'value'));
    const types = toObject(getElement(member(all, 'type'), 1));
    const result = await readOutputs(state, { defaults, sensitive: 'mask', publish: 'none' });
    const own = parse(result.outputs.outputs);
    for (const [name, value] of own) expect(canonical(value), name).toBe(canonical(oracle.get(name) ?? null));
    // Outputs that the data source has and the object of all outputs lacks are sensitive; the data source loses
    // that mark.
    const others = [...oracle.keys()].filter((name) => !own.has(name));
    expect(others.every((name) => name.startsWith('s_'))).toBe(true);
    expect(result.outputs.s_string).toBe(stepText(oracle.get('s_string') ?? null));
    expect(own.size + others.length).toBe(oracle.size);
    const read = parseOutputs(await state.object());
    const ownTypes = Array.from(read, ([name, { type }]): [string, string] => [name, type]);
    ownTypes.push(['extra', typeOfDefault(toObject(parse(defaults)).get('extra') ?? null)]);
    const theirs = Array.from(types, ([name, type]): [string, string] => [name, typeName(type)]);
    expect(Object.fromEntries(ownTypes)).toEqual(Object.fromEntries(theirs));
  });

  it("don't create a state for a workspace without one", async () => {
    const inputs = { workspace: 'nowhere', allow_missing: 'true', publish: 'none' };
    expect((await readOutputs(state, inputs)).outputs.state_exists).toBe('false');
    const { clients, fixture, objectKey } = state;
    expect(await readObject(clients, fixture.bucket, `env:/nowhere/${objectKey}`)).toBeUndefined();
  });

  it('show no sensitive value of any type, not even in the log of the step that sets it', async () => {
    const omitted = await readOutputs(state, { publish: 'summary' });
    assertNoSecret(omitted, SECRETS);
    const { outputs, ...seen } = await readOutputs(state, { publish: 'summary', sensitive: 'mask' });
    expect(outputs.s_string).toBe('s3cr3t-of-a-stack');
    // Values that are too large for a mask aren't set.
    expect(outputs.s_one_mebibyte).toBeUndefined();
    expect(seen.log).toContain('s_one_mebibyte');
    assertNoSecret({ ...seen, outputs: { outputs: outputs.outputs ?? '' } }, SECRETS);
    for (const { rawSummary } of [omitted, seen]) {
      for (const secret of SECRETS) expect(rawSummary).not.toContain(secret);
    }
  });

  it('all arrive when there are 5,000', async () => {
    const large = await setUp();
    const sender = await large.laptop('');
    await writeFile(join(sender.dir, 'many.tfstate'), manyOutputs(5_000));
    await sender.run('state', 'push', 'many.tfstate');
    const oracle = parse(await sender.run('output', '-json'));
    expect(oracle.size).toBe(5_000);
    const { outputs } = await readOutputs(large, { publish: 'none' });
    const values = new Map([...oracle].map(([name, output]) => [name, member(output, 'value')]));
    expect(canonical(parse(outputs.outputs))).toBe(canonical(values));
    expect(outputs.o_4999).toBe('value 4999');
  }, 180_000);
});

/** A stack that reads the outputs of another by Terraform's own data source. */
function dataSource(state: SharedState, defaults: string): string {
  const { bucket } = state.fixture;
  const block = s3BackendBlock({ endpoint: motoUrl, bucket, key: state.objectKey });
  const config = block.split('\n').slice(2, -3).join('\n');
  return `
data "terraform_remote_state" "stack" {
  backend  = "s3"
  defaults = jsondecode(${JSON.stringify(defaults)})
  config = {
${config}
  }
}

output "all" {
  value = data.terraform_remote_state.stack.outputs
}
`;
}
