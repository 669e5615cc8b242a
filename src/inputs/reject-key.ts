import { createInputReader, type Environment, type InputReader } from '../runner/inputs.ts';

/** Refuses the input `key`. The key in a backend block does not count, because it names that module's state. */
export function rejectKey(reader: InputReader, env: Environment, fix: string): void {
  const key = createInputReader(env).text('key');
  if (key !== undefined) reader.reject('key', key, fix);
}

/** Refuses the input `key` beside a list of states in `input`. */
export function rejectKeyBeside(reader: InputReader, env: Environment, input: string): void {
  rejectKey(reader, env, `each line of ${input} has its own key: give key or ${input}, not both`);
}
