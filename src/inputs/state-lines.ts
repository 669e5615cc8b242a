import type { InputReader } from '../runner/inputs.ts';

/** One of several states, according to its line. */
export interface StateLine {
  /** As it is written. */
  readonly text: string;
  readonly name: string;
  /** Undefined for the one in its folder's backend block. */
  readonly key: string | undefined;
  /** Undefined for the step's own. */
  readonly workspace: string | undefined;
  readonly workingDirectory: string | undefined;
}

/** Each state has its own connection and checkpointer. */
export const MOST_STATES = 20;

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const SETTING = /\s+(\w+)=/;
const SETTINGS = ['workspace', 'working_directory'] as const;

const FORM = 'write NAME=KEY, then workspace=NAME and working_directory=PATH as needed';

/**
 * Reads `states`, and refuses inputs for a single state. Empty when not given. Problems go to the reader, which reads
 * only inputs: a key in a backend block does not count as a second key.
 */
export function readStateLines(reader: InputReader): readonly StateLine[] {
  const text = reader.text('states');
  if (text === undefined) return [];
  rejectReplaced(reader);
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.length > MOST_STATES) {
    reader.reject('states', `${lines.length} lines`, `name at most ${MOST_STATES} states`);
    return [];
  }
  const read = lines.map((line, i) => readLine(reader, line, i + 1)).filter((line) => line !== undefined);
  for (const [i, { text: line, name }] of read.entries()) {
    const isTaken = read.slice(0, i).some((other) => other.name === name);
    const fix = `another line has the name ${name}: begin each line with a name of its own, as NAME=KEY`;
    if (isTaken) reader.reject('states', line, fix);
  }
  return read;
}

function readLine(reader: InputReader, text: string, number: number): StateLine | undefined {
  const reject = (fix: string): undefined => {
    reader.reject('states', text, fix);
    return undefined;
  };
  if (text === '') return reject(`line ${number} is empty: pass the missing value, or remove the line`);
  const [state = '', ...rest] = text.split(SETTING);
  const settings = new Map<string, string>();
  for (let i = 0; i < rest.length; i += 2) {
    const setting = rest[i] ?? '';
    const value = (rest[i + 1] ?? '').trim();
    if (!SETTINGS.some((known) => known === setting)) return reject(`${setting} is not a setting: ${FORM}`);
    if (settings.has(setting)) return reject(`${setting} is given twice: ${FORM}`);
    if (value === '') return reject(`${setting} is empty: pass the missing value, or leave it out`);
    settings.set(setting, value);
  }
  const { name, key } = splitName(state);
  const workingDirectory = settings.get('working_directory');
  if (SETTINGS.some((setting) => setting === name)) return reject(`no state comes before ${name}: ${FORM}`);
  if (key !== name && !NAME.test(name)) {
    return reject(
      `the name "${name}" is invalid: use letters, digits, _ and -, and begin with a letter or _`,
    );
  }
  if (key === undefined && workingDirectory === undefined) {
    return reject(
      'it has no key: give the key after the =, or the working_directory whose backend block has it',
    );
  }
  return { text, name, key, workspace: settings.get('workspace'), workingDirectory };
}

/** Without a name, the key is the name. */
function splitName(state: string): Pick<StateLine, 'name' | 'key'> {
  const at = state.indexOf('=');
  if (at === -1) return { name: state, key: state };
  return { name: state.slice(0, at).trim(), key: state.slice(at + 1).trim() || undefined };
}

/** Inputs for the plan of a single state, with the default that means none. */
const OF_ONE_STATE = {
  plan: 'none',
  plan_file: undefined,
  plan_name: undefined,
  plan_path: undefined,
  plan_json: undefined,
  expect_fingerprint: 'any',
  expect_serial: 'any',
  expect_lineage: 'any',
  forbid_destroy: 'false',
  allow_destroy: undefined,
} as const;

/** The inputs that have no meaning with `states`, or a different one in each line. */
export const REPLACED_INPUTS: readonly string[] = [
  'key',
  'keys',
  'working_directory',
  ...Object.keys(OF_ONE_STATE),
];

function rejectReplaced(reader: InputReader): void {
  const key = reader.text('key');
  if (key !== undefined)
    reader.reject('key', key, 'each line of states has its own key: give key or states, not both');
  const keys = reader.text('keys');
  if (keys !== undefined) {
    reader.reject('keys', keys.split('\n')[0], 'give keys or states, not both');
  }
  const directory = reader.text('working_directory');
  if (directory !== undefined) {
    const fix = 'with states, write it in the lines: working_directory=PATH after each key';
    reader.reject('working_directory', directory, fix);
  }
  for (const [name, none] of Object.entries(OF_ONE_STATE)) {
    const value = none === undefined ? reader.text(name) : reader.gate(name, none);
    const fix = 'it works with one state only: remove it, or hold that state in its own step (key)';
    if (value !== undefined) reader.reject(name, value, fix);
  }
  if (reader.text('lock') === 'guard') {
    reader.reject('lock', 'guard', 'with states, use hold or none, or name one state with key');
  }
}
