import type { InputReader } from '../runner/inputs.ts';
import { GATE_DEFAULTS, GATES_OF_EACH_STATE } from './gate-inputs.ts';

/** Inputs for a single state or its plan, with the default that means none. */
const OF_ONE_STATE: ReadonlyMap<string, string | undefined> = new Map([
  ['plan', 'none'],
  ['plan_file', undefined],
  ['plan_name', undefined],
  ['plan_path', undefined],
  ['plan_json', undefined],
  ...Object.entries(GATE_DEFAULTS).filter(([name]) => !GATES_OF_EACH_STATE.includes(name)),
  ['allow_destroy', undefined],
]);

/** The inputs that have no meaning with `states`, or a different one in each line. */
export const REPLACED_INPUTS: readonly string[] = [
  'key',
  'keys',
  'working_directory',
  ...OF_ONE_STATE.keys(),
];

/** Refuses the inputs other than `key` that do not work with `states`. */
export function rejectSingleStateInputs(reader: InputReader): void {
  const keys = reader.text('keys');
  if (keys !== undefined) {
    reader.reject('keys', keys.split('\n')[0], 'give keys or states, not both');
  }
  const directory = reader.text('working_directory');
  if (directory !== undefined) {
    const fix = 'with states, write it in the lines: working_directory=PATH after each key';
    reader.reject('working_directory', directory, fix);
  }
  for (const [name, none] of OF_ONE_STATE) {
    const value = none === undefined ? reader.text(name) : reader.gate(name, none);
    const fix = 'it works with one state only: remove it, or hold that state in its own step (key)';
    if (value !== undefined) reader.reject(name, value, fix);
  }
  if (reader.text('lock') === 'guard') {
    reader.reject('lock', 'guard', 'with states, use hold or none, or name one state with key');
  }
}
