import type { InputReader } from '../runner/inputs.ts';
import { readLines } from './list-inputs.ts';
import { findShared } from './repeated-lines.ts';

/** One state of a list, according to its line. */
export interface StateLine {
  /** As it is written. */
  readonly text: string;
  /** The key, if the line has no name. */
  readonly name: string;
  /** Undefined for the one in its folder's backend block. */
  readonly key: string | undefined;
  /** Undefined for the step's own. */
  readonly workspace: string | undefined;
  readonly workingDirectory: string | undefined;
}

/** A setting that may follow the key of a state. */
export type StateSetting = 'workspace' | 'working_directory';

/** How one list of states differs from the others. Their grammar is the same (docs/several-states.md#the-lines). */
export interface StateListRules {
  readonly settings: readonly StateSetting[];
  /** Why each state needs a name; undefined if a key is enough. */
  readonly whyNamed?: string;
  /** How many states the list may have; undefined for any number. */
  readonly most?: number;
}

/** The name of a state or of a lookup: what a workflow can address, without the `.` that separates the two. */
export const STATE_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Names of settings are not names of states in any list, so that a line can move from one list to another. */
const SETTINGS: readonly string[] = ['workspace', 'working_directory'] satisfies StateSetting[];
const SETTING = /\s+(\w+)=/;

/**
 * Reads a list of states; undefined when it is not given. Problems go to the reader. The states of lines with a problem
 * are missing, so the list can be empty.
 */
export function readStateLines(
  reader: InputReader,
  input: string,
  rules: StateListRules,
): readonly StateLine[] | undefined {
  const lines = readLines(reader, input);
  if (lines === undefined) return undefined;
  const { most = lines.length } = rules;
  if (lines.length === 0)
    reader.reject(input, reader.text(input), 'it names no state: add one, or leave it out');
  if (lines.length > most) {
    reader.reject(input, `${lines.length} states`, `name at most ${most} states`);
    return [];
  }
  const states = lines
    .map((line) => readState(reader, input, rules, line))
    .filter((state) => state !== undefined);
  return rejectSharedNames(reader, input, states);
}

/** The states whose names differ in more than case, as step outputs and environment variables must. */
function rejectSharedNames(
  reader: InputReader,
  input: string,
  states: readonly StateLine[],
): readonly StateLine[] {
  const names = states.map((line) => ({ line, value: line.name.toLowerCase() }));
  const shared = findShared(
    input,
    names,
    ({ name }) =>
      `another line has the name ${name}: begin each line with a name of its own, as NAME=KEY. Names must differ in more than case`,
  );
  for (const { value, fix } of shared) reader.reject(input, value, fix);
  return states.filter((_, i) => names.findIndex(({ value }) => value === names[i]?.value) === i);
}

function readState(
  reader: InputReader,
  input: string,
  rules: StateListRules,
  text: string,
): StateLine | undefined {
  const reject = (fix: string): undefined => {
    reader.reject(input, text, fix);
    return undefined;
  };
  const form = describeForm(rules);
  const [state = '', ...rest] = text.split(SETTING);
  const settings = new Map<string, string>();
  for (let i = 0; i < rest.length; i += 2) {
    const setting = rest[i] ?? '';
    const value = (rest[i + 1] ?? '').trim();
    const isKnown = rules.settings.some((known) => known === setting);
    if (!isKnown) return reject(`${setting} is not a setting of ${input}: ${form}`);
    if (settings.has(setting)) return reject(`${setting} is given twice: ${form}`);
    if (value === '') return reject(`${setting} is empty: pass the missing value, or leave it out`);
    settings.set(setting, value);
  }
  const { name, key } = splitName(state);
  const workingDirectory = settings.get('working_directory');
  const fix = nameProblem(rules, name, key, form) ?? keyProblem(rules, key, workingDirectory);
  if (fix !== undefined) return reject(fix);
  return { text, name: name ?? key ?? '', key, workspace: settings.get('workspace'), workingDirectory };
}

/** The part before the first `=`, if there is one, is the name. */
function splitName(state: string): { readonly name: string | undefined; readonly key: string | undefined } {
  const at = state.indexOf('=');
  if (at === -1) return { name: undefined, key: state };
  return { name: state.slice(0, at).trim(), key: state.slice(at + 1).trim() || undefined };
}

function nameProblem(
  { whyNamed }: StateListRules,
  name: string | undefined,
  key: string | undefined,
  form: string,
): string | undefined {
  if (name === undefined) return whyNamed && `it has no name, and ${whyNamed}: write it as NAME=${key}`;
  if (SETTINGS.includes(name)) return `no state comes before ${name}: ${form}`;
  if (STATE_NAME.test(name)) return undefined;
  // A name has no slash, so this is a key without a name.
  if (name.includes('/')) return `a key that contains = needs a name: write it as NAME=${name}=${key ?? ''}`;
  return `the name "${name}" is invalid: use letters, digits, _ and -, and begin with a letter or _`;
}

function keyProblem(
  { settings }: StateListRules,
  key: string | undefined,
  workingDirectory: string | undefined,
): string | undefined {
  if (key !== undefined || workingDirectory !== undefined) return undefined;
  const orDirectory = settings.includes('working_directory')
    ? ', or the working_directory whose backend block has it'
    : '';
  return `it has no key: give the key after the =${orDirectory}`;
}

/** `write NAME=KEY, then workspace=NAME as needed`. */
function describeForm({ settings }: StateListRules): string {
  const examples = { workspace: 'workspace=NAME', working_directory: 'working_directory=PATH' } as const;
  return `write NAME=KEY, then ${settings.map((setting) => examples[setting]).join(' and ')} as needed`;
}
