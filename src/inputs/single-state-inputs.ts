import type { InputReader } from '../runner/inputs.ts';

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
  for (const [name, none] of Object.entries(OF_ONE_STATE)) {
    const value = none === undefined ? reader.text(name) : reader.gate(name, none);
    const fix = 'it works with one state only: remove it, or hold that state in its own step (key)';
    if (value !== undefined) reader.reject(name, value, fix);
  }
  if (reader.text('lock') === 'guard') {
    reader.reject('lock', 'guard', 'with states, use hold or none, or name one state with key');
  }
}
