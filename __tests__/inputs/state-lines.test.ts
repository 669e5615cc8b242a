import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { GATE_DEFAULTS, GATES_OF_EACH_STATE } from '../../src/inputs/gate-inputs.ts';
import { rejectSingleStateInputs } from '../../src/inputs/single-state-inputs.ts';
import { readStateLines, type StateListRules } from '../../src/inputs/state-lines.ts';
import { createInputReader } from '../../src/runner/inputs.ts';
import { inputEnv } from '../job-state/support.ts';

const SEVERAL_STATES = readFileSync(resolve(import.meta.dirname, '../../docs/several-states.md'), 'utf8');
const RULES: StateListRules = { settings: ['workspace', 'working_directory'], most: 20 };

function read(states: string) {
  const reader = createInputReader(inputEnv({ states }));
  const lines = readStateLines(reader, 'states', RULES);
  return { lines, problems: reader.problems };
}

const NONE = { key: undefined, workspace: undefined, workingDirectory: undefined };

it.each([
  ['a/b.tfstate', { ...NONE, name: 'a/b.tfstate', key: 'a/b.tfstate' }],
  ['network = a/b.tfstate', { ...NONE, name: 'network', key: 'a/b.tfstate' }],
  ['n= working_directory=infra/my app', { ...NONE, name: 'n', workingDirectory: 'infra/my app' }],
  [
    'n=a b.tfstate working_directory=infra   workspace=prod',
    { name: 'n', key: 'a b.tfstate', workspace: 'prod', workingDirectory: 'infra' },
  ],
])('the line %j', (text, line) => {
  expect(read(`${text}\n`)).toEqual({ lines: [{ text, ...line }], problems: [] });
});

it('a list may be limited, and comments do not count', () => {
  const list = (count: number) =>
    `# all\n${Array.from({ length: count }, (_, i) => `s${i}=k${i}`).join('\n')}`;
  expect(read(list(20)).problems).toEqual([]);
  expect(read(list(21)).problems).toEqual([
    { input: 'states', value: '21 states', fix: 'name at most 20 states' },
  ]);
});

it('a key or name twice is a problem of the second line, which is left out', () => {
  const { lines, problems } = read('a\na workspace=b\nA=c\nd');
  expect(lines?.map(({ text }) => text)).toEqual(['a', 'd']);
  expect(problems.map(({ value }) => value)).toEqual(['a workspace=b', 'A=c']);
});

it('a list that is not given is no list', () => {
  for (const nothing of ['', ' \n\n']) {
    expect(read(nothing)).toEqual({ lines: undefined, problems: [] });
  }
});

function findRefused(inputs: Record<string, string>) {
  const reader = createInputReader(inputEnv({ states: 'n=a', ...inputs }));
  rejectSingleStateInputs(reader);
  return reader.problems.map(({ input, value }) => [input, value]);
}

it.each([
  ['keys', 'apps/'],
  ['working_directory', 'infra'],
  ['lock', 'guard'],
  ['plan', '1-1'],
  ['plan_file', 'tfplan'],
  ['plan_name', 'blue'],
  ['plan_path', 'tfplan'],
  ['plan_json', 'plan.json'],
  ['expect_fingerprint', 'no-state'],
  ['expect_serial', '4'],
  ['expect_lineage', 'l'],
  ['forbid_destroy', 'true'],
  ['allow_destroy', 'a.b'],
])('%s is refused with states', (input, value) => {
  expect(findRefused({ [input]: value })).toEqual([[input, value]]);
});

it.each(Object.keys(GATE_DEFAULTS))('%s is refused with states, or applies to each of them', (gate) => {
  const refused = findRefused({ [gate]: 'x' }).length === 1;
  expect(refused).toBe(!GATES_OF_EACH_STATE.includes(gate));
  const [sentence = ''] = /[^.]* (?:applies|apply) to each state\./.exec(SEVERAL_STATES) ?? [];
  expect(sentence.includes(`\`${gate}\``)).toBe(!refused);
});

it('refuses a gate that would be ignored, but not defaults', () => {
  const defaults = { plan: 'none', forbid_destroy: 'false', expect_lineage: 'any' };
  expect(findRefused({ ...defaults, expect_serial: '' })).toEqual([['expect_serial', '']]);
});
