import { describe, expect, it } from 'vitest';
import type { StateOutputs } from '../../../src/statefile/outputs.ts';
import { checkPlan } from '../../../src/steps/outputs/check-plan.ts';
import { ownOutputs } from '../../../src/steps/outputs/own-outputs.ts';
import { type PlanInputs, planOutputs } from '../../../src/steps/outputs/plan.ts';
import { asPublished } from '../../../src/steps/outputs/publish-states.ts';
import { selectOutputs } from '../../../src/steps/outputs/select.ts';
import { ADDRESS, makeAddress, makeState } from './support.ts';

const EVERYTHING = { select: [], defaults: new Map() };
const PLAIN: PlanInputs = { listedBy: undefined, sensitive: 'omit', envPrefix: undefined, select: [] };

const selected = (state: StateOutputs | undefined, address = ADDRESS) =>
  selectOutputs(address, state, EVERYTHING);
const plan = (state: StateOutputs, inputs: Partial<PlanInputs> = {}) =>
  planOutputs([selected(state)], { ...PLAIN, ...inputs });
const check = (state: StateOutputs, inputs: Partial<PlanInputs>) => () =>
  checkPlan([selected(state)], plan(state, inputs), inputs.sensitive ?? 'omit');

describe('what the job receives', () => {
  it('is each output under its own name: strings as they are, the rest as compact JSON', () => {
    const { settings } = plan(makeState({ text: 'a "b"\n', list: [1, 'x', null], flag: true, none: null }));
    expect(settings.map(({ name, value }) => [name, value])).toEqual([
      ['flag', 'true'],
      ['list', '[1,"x",null]'],
      ['none', 'null'],
      ['text', 'a "b"\n'],
    ]);
  });

  it('contains nothing sensitive unless requested', () => {
    const state = makeState({ open: 'o' }, { password: 'hunter2' });
    expect(plan(state)).toMatchObject({
      settings: [{ name: 'open', masks: undefined }],
      omitted: [{ label: 'password', why: 'sensitive' }],
    });
  });

  it('contains sensitive values with their masks if they can be masked', () => {
    const { settings, omitted } = plan(makeState({}, { password: 'hunter22', port: 1 }), {
      sensitive: 'mask',
    });
    expect(settings).toMatchObject([{ name: 'password', value: 'hunter22', masks: ['hunter22'] }]);
    expect(omitted).toEqual([{ label: 'port', why: 'not_maskable' }]);
  });

  it('distinguishes several states by workspace', () => {
    const states = ['staging', 'eu.west'].map((workspace) =>
      selected(makeState({ url: workspace }), makeAddress(workspace)),
    );
    const { settings } = planOutputs(states, { ...PLAIN, listedBy: 'workspaces' });
    expect(settings.map(({ label, name }) => [label, name])).toEqual([
      ['staging_url', 'staging_url'],
      ['eu.west_url', 'eu_west_url'],
    ]);
  });

  it('includes environment variables with a prefix', () => {
    const { variables } = plan(makeState({ 'vpc-id': 'v', workspace: 'w' }), { envPrefix: 'TF_VAR_' });
    expect(variables.map(({ name, value }) => [name, value])).toEqual([
      ['TF_VAR_vpc_id', 'v'],
      ['TF_VAR_workspace', 'w'],
    ]);
  });
});

describe('what is refused before anything is set', () => {
  it('sensitive outputs when they are set to fail', () => {
    const refused = { code: 'sensitive_selected', message: expect.stringContaining('password') };
    expect(check(makeState({}, { password: 'hunter2' }), { sensitive: 'fail' })).toThrow(
      expect.objectContaining(refused),
    );
    expect(check(makeState({ open: 1 }), { sensitive: 'fail' })).not.toThrow();
  });

  it('outputs that the runner would merge into one', () => {
    const refused = { code: 'names_collide', message: expect.stringMatching(/URL, Url: URL/) };
    expect(check(makeState({ Url: 1, URL: 2 }), {})).toThrow(expect.objectContaining(refused));
    expect(check(makeState({ Url: 1 }, { URL: 2 }), {})).not.toThrow();
  });

  it('variables that would be merged into one', () => {
    const refused = { code: 'names_collide', message: expect.stringContaining('environment variable') };
    const select = ['a_b', 'a-b'];
    expect(check(makeState({ a_b: 1, 'a-b': 2 }), { envPrefix: '', select })).toThrow(
      expect.objectContaining(refused),
    );
  });

  it.each(['NODE_OPTIONS', 'node_options', 'PATH', 'GITHUB_TOKEN', 'RUNNER_TEMP', 'LD_PRELOAD', 'BASH_ENV'])(
    'the variable %s',
    (name) => {
      const refused = { code: 'variable_refused', message: expect.stringContaining('env_prefix') };
      expect(check(makeState({ [name]: 'x' }), { envPrefix: '', select: [name] })).toThrow(
        expect.objectContaining(refused),
      );
      expect(check(makeState({ [name]: 'x' }), { envPrefix: 'STACK_' })).not.toThrow();
    },
  );

  it.each([
    ['INPUT_', 'bucket'],
    ['AWS_', 'ENDPOINT_URL'],
    ['TF_', 'CLI_ARGS'],
    ['http', '_proxy'],
    ['TF_VAR', '_'],
  ])('a prefix that makes such a variable: %s before %s', (envPrefix, name) => {
    expect(check(makeState({ [name]: 'x' }), { envPrefix })).toThrow(/may not become environment variables/);
  });

  it('a variable that is too large for Linux, alone or all together, or has a zero byte', () => {
    const large = (length: number) => makeState({ a: 'x'.repeat(length) });
    const named = { envPrefix: '', select: ['a'] };
    expect(check(large(128 * 1024 - 3), named)).not.toThrow();
    expect(check(large(128 * 1024 - 2), named)).toThrow(/128 KiB/);
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`a${i}`, 'x'.repeat(100_000)]));
    expect(check(makeState(many), { envPrefix: 'X_' })).toThrow(/1 MiB/);
    expect(check(makeState({ a: '\0' }), named)).toThrow(/zero byte/);
  });
});

describe("the action's own outputs", () => {
  it('describe the state', () => {
    const state = makeState({ b: [1], a: 'x' }, { password: 'hunter2' });
    expect(ownOutputs([selected(state)], undefined)).toEqual({
      outputs: '{"a":"x","b":[1]}',
      names: '["a","b","password"]',
      serial: '7',
      lineage: 'l-1',
      workspace: 'default',
      state_exists: 'true',
      found: 'true',
    });
  });

  it('are empty when there is no state', () => {
    expect(ownOutputs([selected(undefined)], undefined)).toEqual({
      outputs: '{}',
      names: '[]',
      serial: '',
      lineage: '',
      workspace: 'default',
      state_exists: 'false',
      found: 'false',
    });
  });

  it('are keyed by workspace when workspaces are given, even a single one', () => {
    const states = [
      selected(makeState({ a: 1 }), makeAddress('one')),
      selected(undefined, makeAddress('two')),
    ];
    expect(ownOutputs(states, 'workspaces')).toEqual({
      outputs: '{"one":{"a":1},"two":{}}',
      names: '{"one":["a"],"two":[]}',
      serial: '{"one":7,"two":null}',
      lineage: '{"one":"l-1","two":null}',
      workspace: '["one","two"]',
      state_exists: '{"one":true,"two":false}',
      found: '{"one":true,"two":false}',
    });
  });

  it('found is false when a default stands in', () => {
    const defaults = new Map([['b', 'x']]);
    const state = selectOutputs(ADDRESS, makeState({ a: 1 }), { select: [], defaults });
    expect(ownOutputs([state], undefined).found).toBe('false');
  });
});

it('published outputs contain no sensitive value', () => {
  const state = makeState({ open: 'o', list: ['a', 'hunter2!'] }, { password: 'hunter2' });
  const published = asPublished(selected(state), (text) => text.includes('hunter2'));
  expect(published.outputs).toEqual([
    { name: 'list', type: 'dynamic', value: undefined },
    { name: 'open', type: 'dynamic', value: 'o' },
    { name: 'password', type: 'dynamic', value: undefined },
  ]);
});
