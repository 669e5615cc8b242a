import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readHoldInputs } from '../../src/inputs/hold-inputs.ts';
import { InputError } from '../../src/inputs/input-error.ts';
import type { InputProblem } from '../../src/runner/inputs.ts';
import { readFreezeInputs } from '../../src/steps/freeze/freeze-inputs.ts';
import { readStatesInputs } from '../../src/steps/main/read-states.ts';
import { readOutputsInputs } from '../../src/steps/outputs/outputs-inputs.ts';
import { NOW } from '../job-state/scopes.ts';
import { inputEnv, inputSources, job } from '../job-state/support.ts';
import { collectingRunner } from '../support/dependencies.ts';

const BACKEND = { bucket: 'b', region: 'eu-west-1', dynamodb_table: 'locks' };

/** The lock paths of the listed states, or the problems with the inputs. */
interface Read {
  readonly paths?: readonly string[];
  readonly problems?: readonly InputProblem[];
}

/** A list of states in an input of an action. */
interface ListInput {
  readonly file: string;
  readonly input: string;
  /** What its lines take, as its description in action.yml says. */
  readonly form: string;
  readonly needsName: boolean;
  read(inputs: Record<string, string>): Promise<Read>;
}

const toPaths = (all: readonly { readonly lockPath: string }[]): Read => ({
  paths: all.map(({ lockPath }) => lockPath),
});

async function readOrCatch(read: () => Promise<Read> | Read): Promise<Read> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InputError) return { problems: error.problems };
    throw error;
  }
}

const LISTS: Readonly<Record<string, ListInput>> = {
  'states of the main action': {
    file: 'action.yml',
    input: 'states',
    form: '`NAME=KEY` or `KEY`, then `workspace=NAME` and `working_directory=PATH` as needed',
    needsName: false,
    read: (inputs) =>
      readOrCatch(async () => {
        const deps = { env: inputEnv({ ...BACKEND, ...inputs }), runner: collectingRunner().runner };
        const { states } = await readStatesInputs(deps, job);
        return toPaths(states.map((state) => state.inputs.backend.address));
      }),
  },
  'keys of the main action': {
    file: 'action.yml',
    input: 'keys',
    form: '`NAME=KEY` or `KEY`, then `workspace=NAME` as needed',
    needsName: false,
    read: async (inputs) => {
      const read = readHoldInputs(inputSources({ ...BACKEND, lock: 'guard', ...inputs }));
      if (read.problems.length > 0) return { problems: read.problems };
      const { objectKeys = [] } = read.inputs.guardedStates ?? {};
      return { paths: objectKeys.map((key) => `b/${key}`) };
    },
  },
  'keys of freeze/': {
    file: 'freeze/action.yml',
    input: 'keys',
    form: '`NAME=KEY` or `KEY`, then `workspace=NAME` as needed',
    needsName: false,
    read: (inputs) =>
      readOrCatch(() =>
        toPaths(readFreezeInputs(inputSources({ ...BACKEND, command: 'show', ...inputs }), NOW).addresses),
      ),
  },
  'states of outputs/': {
    file: 'outputs/action.yml',
    input: 'states',
    form: '`NAME=KEY`, then `workspace=NAME` as needed',
    needsName: true,
    read: (inputs) =>
      readOrCatch(() => {
        const { backends } = readOutputsInputs(inputSources({ ...BACKEND, ...inputs }));
        return toPaths(backends.map(({ address }) => address));
      }),
  },
};

describe.each(Object.entries(LISTS))('%s', (_, { file, input, form, needsName, read }) => {
  it.each([
    ['one state', 'a=k', ['b/k']],
    ['spaces around each part', '  a =  k   workspace=prod  ', ['b/env:/prod/k']],
    ['line breaks of Windows', 'a=k\r\nb=l\r\n', ['b/k', 'b/l']],
    ['comments', '# network\na=k\n  # apps\nb=l workspace=prod\n', ['b/k', 'b/env:/prod/l']],
    ['a key that contains = and spaces', 'env=prod/env=x/a b', ['b/prod/env=x/a b']],
    ['a key that contains , and #', 'a=k,l#m', ['b/k,l#m']],
    ['one key in two workspaces', 'a=k\nb=k workspace=prod', ['b/k', 'b/env:/prod/k']],
  ])('accepts %s', async (_what, list, paths) => {
    expect(await read({ [input]: list })).toEqual({ paths });
  });

  it('takes the workspace of a line before that of the step', async () => {
    const list = 'a=k\nb=k workspace=prod';
    expect(await read({ [input]: list, workspace: 'dev' })).toEqual({
      paths: ['b/env:/dev/k', 'b/env:/prod/k'],
    });
  });

  it.each([
    ['an empty line', 'a=k\n\nb=l', '', 'line 2 is empty: pass the value that is missing there'],
    ['an empty line in front', '\na=k', '', 'line 1 is empty'],
    ['an empty line at the end', 'a=k\n \n', '', 'line 2 is empty'],
    ['comments alone', '# a=k', '# a=k', 'it names no state'],
    ['no key', 'a=', 'a=', 'it has no key: give the key after the ='],
    ['no key before a setting', 'a= workspace=prod', 'a= workspace=prod', 'it has no key'],
    ['no state', 'workspace=prod', 'workspace=prod', 'no state comes before workspace'],
    ['the name of a setting', 'working_directory=k', 'working_directory=k', 'no state comes before'],
    ['an empty name', '=k', '=k', 'the name "" is invalid'],
    ['a name that no workflow can address', 'a.b=k', 'a.b=k', 'the name "a.b" is invalid'],
    [
      'a key with = but no name',
      'a/b=c/k',
      'a/b=c/k',
      'a key that contains = needs a name: write it as NAME=a/b=c/k',
    ],
    ['a name that begins with a digit', '1a=k', '1a=k', 'begin with a letter or _'],
    ['an unknown setting', 'a=k region=x', 'a=k region=x', `region is not a setting of ${input}: write NAME`],
    ['a setting without a value', 'a=k workspace=', 'a=k workspace=', 'workspace is empty'],
    ['a setting twice', 'a=k workspace=b workspace=c', undefined, 'workspace is given twice'],
    ['an invalid key', 'a=k\nb=/l', 'b=/l', 'must not start'],
    ['an invalid workspace', 'a=k workspace=..', 'a=k workspace=..', 'choose another name'],
    ['a name twice', 'a=k\na=l', 'a=l', 'another line has the name a'],
    ['names that differ only in case', 'net=k\nNet=l', 'Net=l', 'another line has the name net'],
    ['a line twice', 'a=k\na=k', 'a=k', 'another line has the name a'],
    ['a state under two names', 'a=k\nb=k workspace=default', undefined, 'it is the state of a, b/k: remove'],
  ])('refuses %s, and names the line and the fix', async (_what, list, line, fix) => {
    const value = line ?? list.split('\n').at(-1);
    expect(await read({ [input]: list })).toEqual({
      problems: [{ input, value, fix: expect.stringContaining(fix) }],
    });
  });

  it('reports the problems of all lines at once', async () => {
    const { problems } = await read({ [input]: 'a=\n\n1=k\nb=/' });
    expect(problems?.map(({ value }) => value).sort()).toEqual(['', '1=k', 'a=', 'b=/']);
  });

  it('refuses a key beside the list', async () => {
    const fix = `each line of ${input} has its own key: give key or ${input}, not both`;
    const problem = { input: 'key', value: 'x', fix };
    expect(await read({ [input]: 'a=k', key: 'x' })).toEqual({ problems: [problem] });
  });

  it(needsName ? 'needs a name in each line' : 'takes a key without a name', async () => {
    const { paths, problems } = await read({ [input]: 'net/a.tfstate workspace=prod' });
    const fix = 'it has no name, and the step outputs begin with it: write it as NAME=net/a.tfstate';
    expect(paths).toEqual(needsName ? undefined : ['b/env:/prod/net/a.tfstate']);
    expect(problems?.map((problem) => problem.fix)).toEqual(needsName ? [fix] : undefined);
  });

  it('has a description with its form and a link to the grammar', () => {
    const { inputs } = parse(readFileSync(file, 'utf8'));
    const { description } = inputs[input];
    expect(description).toContain(`Each line is a state: ${form}. `);
    expect(description).toContain(
      'Lines that begin with `#` are comments, and no line may be empty. See `docs/several-states.md#the-lines`.',
    );
  });
});

it('only the states of the main action have working directories', async () => {
  const others = Object.values(LISTS).filter(({ form }) => !form.includes('working_directory'));
  expect(others).toHaveLength(3);
  for (const { input, read } of others) {
    const { problems = [] } = await read({ [input]: 'a=k working_directory=infra' });
    expect(problems.map(({ fix }) => fix)).toEqual([
      expect.stringMatching(/^working_directory is not a setting of/),
    ]);
  }
});
