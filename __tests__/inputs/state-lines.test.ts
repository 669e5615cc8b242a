import { expect, it } from 'vitest';
import { readStateLines } from '../../src/inputs/state-lines.ts';
import { createInputReader } from '../../src/runner/inputs.ts';
import { inputEnv } from '../job-state/support.ts';

function read(inputs: Record<string, string>) {
  const reader = createInputReader(inputEnv(inputs));
  const lines = readStateLines(reader);
  return { lines, problems: reader.problems };
}

const NONE = { key: undefined, workspace: undefined, workingDirectory: undefined };

it.each([
  ['a/b.tfstate', { ...NONE, name: 'a/b.tfstate', key: 'a/b.tfstate' }],
  ['network = a/b.tfstate', { ...NONE, name: 'network', key: 'a/b.tfstate' }],
  ['env=prod/env=x/b.tfstate', { ...NONE, name: 'env', key: 'prod/env=x/b.tfstate' }],
  ['n= working_directory=infra/my app', { ...NONE, name: 'n', workingDirectory: 'infra/my app' }],
  [
    'n=a b.tfstate working_directory=infra   workspace=prod',
    { name: 'n', key: 'a b.tfstate', workspace: 'prod', workingDirectory: 'infra' },
  ],
])('the line %j', (text, line) => {
  expect(read({ states: `\n${text}\n` })).toEqual({ lines: [{ text, ...line }], problems: [] });
});

it.each([
  ['an empty line', 'a\n\nb', '', 'line 2 is empty'],
  ['no key', 'n=', 'n=', 'it has no key'],
  ['a name with other letters', 'net.work=a', 'net.work=a', 'the name "net.work" is invalid'],
  ['an empty name', '=a', '=a', 'the name "" is invalid'],
  ['no state', 'workspace=prod', 'workspace=prod', 'no state comes before workspace'],
  ['an unknown setting', 'n=a region=x', 'n=a region=x', 'region is not a setting'],
  [
    'a setting without a value',
    'n=a workspace=',
    'n=a workspace=',
    'workspace is empty: pass the missing value',
  ],
  ['a setting twice', 'n=a workspace=b workspace=c', undefined, 'workspace is given twice'],
  ['a name twice', 'n=a\nn=b', 'n=b', 'another line has the name n'],
  ['a key twice', 'a\na workspace=b', 'a workspace=b', 'another line has the name a'],
  ['too many', Array.from({ length: 21 }, (_, i) => `s${i}=k${i}`).join('\n'), '21 lines', 'at most'],
])('%s is refused', (_, states, value, fix) => {
  const { problems } = read({ states });
  expect(problems).toEqual([{ input: 'states', value: value ?? states, fix: expect.stringContaining(fix) }]);
});

it.each([
  ['key', 'a.tfstate'],
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
  const { problems } = read({ states: 'n=a', [input]: value });
  expect(problems.map((problem) => [problem.input, problem.value])).toEqual([[input, value]]);
});

it('refuses a gate that would be ignored, but not defaults', () => {
  const env = inputEnv({ states: 'n=a', expect_serial: '', plan: 'none', forbid_destroy: 'false' });
  const reader = createInputReader({ ...env, INPUT_EXPECT_SERIAL: '' });
  readStateLines(reader);
  expect(reader.problems.map(({ input }) => input)).toEqual(['expect_serial']);
});

it('reads nothing without states', () => {
  expect(read({ key: 'a', plan: '1-1' })).toEqual({ lines: [], problems: [] });
});
