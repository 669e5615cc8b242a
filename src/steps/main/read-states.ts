import { InputError } from '../../inputs/input-error.ts';
import { rejectKeyBeside } from '../../inputs/reject-key.ts';
import { findRepeatedStates, findShared, type NamedLine } from '../../inputs/repeated-lines.ts';
import { REPLACED_INPUTS, rejectSingleStateInputs } from '../../inputs/single-state-inputs.ts';
import { readStateLines, type StateLine, type StateListRules } from '../../inputs/state-lines.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import {
  createInputReader,
  type Environment,
  type InputProblem,
  inputVariable,
} from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import { labelRunner } from '../../runner/labelled-runner.ts';
import { type JobInputs, readJobInputs } from './job-inputs.ts';

/** The inputs for one of several states. */
export interface NamedInputs {
  readonly name: string;
  readonly inputs: JobInputs;
}

/** All states of the step, in the order of their lines. */
export interface StatesInputs {
  readonly states: readonly NamedInputs[];
  readonly warnings: readonly string[];
}

/** At most 20 states, because each has its own connection and checkpointer. */
const RULES: StateListRules = {
  settings: ['workspace', 'working_directory'],
  most: 20,
};

type ReadDependencies = Pick<Dependencies, 'env' | 'runner'>;

/**
 * Reads the inputs once for each line of `states`, as for a step with only that state, and checks that no two of them
 * conflict.
 *
 * Errors: InputError with every problem, before any call.
 */
export async function readStatesInputs(deps: ReadDependencies, job: Job): Promise<StatesInputs> {
  const reader = createInputReader(deps.env);
  const lines = readStateLines(reader, 'states', RULES) ?? [];
  rejectKeyBeside(reader, deps.env, 'states');
  rejectSingleStateInputs(reader);
  const read: ReadLine[] = [];
  for (const line of lines) read.push(await readLine(deps, job, line));
  const problems = [...reader.problems, ...mergeProblems(read), ...findCoincidences(read)];
  const states = read.flatMap(({ line: { name }, inputs }) =>
    inputs === undefined ? [] : [{ name, inputs }],
  );
  if (problems.length > 0 || states.length < lines.length) throw new InputError(problems);
  const warnings = new Set(states.flatMap(({ inputs }) => inputs.warnings));
  return { states, warnings: [...warnings] };
}

/** A line, and the result of reading it. */
interface ReadLine {
  readonly line: StateLine;
  /** Undefined when there are problems. */
  readonly inputs: JobInputs | undefined;
  readonly problems: readonly InputProblem[];
}

async function readLine({ env, runner }: ReadDependencies, job: Job, line: StateLine): Promise<ReadLine> {
  try {
    const deps = { env: buildEnvironment(env, line), runner: labelRunner(runner, line.name) };
    return { line, inputs: await readJobInputs(deps, job), problems: [] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { line, inputs: undefined, problems: error.problems.map((problem) => nameLine(problem, line)) };
  }
}

/** The inputs of a step that holds only the state of this line. */
function buildEnvironment(env: Environment, { key, workspace, workingDirectory }: StateLine): Environment {
  const none = REPLACED_INPUTS.map((name) => [inputVariable(name), undefined]);
  const own = { key, workspace, working_directory: workingDirectory };
  const given = Object.entries(own).flatMap(([name, value]) =>
    value === undefined ? [] : [[inputVariable(name), value]],
  );
  return { ...env, ...Object.fromEntries(none), ...Object.fromEntries(given) };
}

/** A problem with a value in the line is reported for the line. */
function nameLine(problem: InputProblem, line: StateLine): InputProblem {
  const { input, fix } = problem;
  const isOfLine =
    input === 'key' ||
    (input === 'workspace' && line.workspace !== undefined) ||
    (input === 'working_directory' && line.workingDirectory !== undefined);
  return isOfLine ? { input: 'states', value: line.text, fix: `${input}: ${fix}` } : problem;
}

/** Each problem once. A problem that not all states have names its state. */
function mergeProblems(read: readonly ReadLine[]): InputProblem[] {
  const merged = new Map<string, InputProblem>();
  const isOfAll = (text: string): boolean =>
    read.every(({ problems }) => problems.some((problem) => JSON.stringify(problem) === text));
  for (const { line, problems } of read) {
    for (const problem of problems) {
      const text = JSON.stringify(problem);
      const isClear = problem.input === 'states' || isOfAll(text);
      const fix = `${problem.fix} (for the state ${line.name})`;
      merged.set(isClear ? text : `${text} ${line.name}`, isClear ? problem : { ...problem, fix });
    }
  }
  return [...merged.values()];
}

/** What two states of one step must not share. */
function findCoincidences(read: readonly ReadLine[]): InputProblem[] {
  const values = (pick: (inputs: JobInputs) => string | undefined) =>
    read.map((one) => ({ line: one.line, value: one.inputs && pick(one.inputs) }));
  const states = values(({ backend }) => backend.address.lockPath);
  const directories = values(({ workingDirectory }) => workingDirectory);
  const dataDirectories = values(({ workingDirectory, module }) => workingDirectory && module?.dataDirectory);
  const explainDirectory = ({ name }: NamedLine, path: string) =>
    `it has the working directory of ${name}, ${path}: each state needs its own`;
  const explainDataDirectory = ({ name }: NamedLine, path: string) =>
    `it has the data directory of Terraform of ${name}, ${path}: each state needs its own`;
  const problems = [
    ...findRepeatedStates('states', states),
    ...findShared('states', directories, explainDirectory),
    ...findShared('states', dataDirectories, explainDataDirectory),
  ];
  // A line that is repeated as a whole has one problem.
  return problems.filter(({ value }, i) => problems.findIndex((other) => other.value === value) === i);
}
