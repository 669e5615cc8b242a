import { type InputReader, listOptions } from '../runner/inputs.ts';

/**
 * Reads an input that selects what an action does and has no default: one of `commands`. A missing or unknown value is
 * recorded as a problem, and the other inputs are checked as for `fallback`.
 */
export function readCommand<const Command extends string>(
  reader: InputReader,
  name: string,
  commands: readonly Command[],
  fallback: NoInfer<Command>,
): Command {
  const command = reader.choice(name, commands);
  if (command === undefined && reader.text(name) === undefined) {
    reader.reject(name, undefined, `say what to do: ${listOptions(commands)}`);
  }
  return command ?? fallback;
}
