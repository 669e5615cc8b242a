import { type InputReader, listOptions } from '../runner/inputs.ts';

/**
 * Reads `command`, which has no default: one of `commands`. Without a right one a problem is noted, and `fallback` is what
 * the other inputs are judged by.
 */
export function readCommand<const Command extends string>(
  reader: InputReader,
  commands: readonly Command[],
  fallback: NoInfer<Command>,
): Command {
  const command = reader.choice('command', commands);
  if (command === undefined && reader.text('command') === undefined) {
    reader.reject('command', undefined, `say what to do: ${listOptions(commands)}`);
  }
  return command ?? fallback;
}
