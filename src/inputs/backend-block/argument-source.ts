import type { InputProblem } from '../../runner/inputs.ts';
import type { ConfigValue } from '../../terraform-config/value.ts';

/** What an argument was taken from. */
export interface Source {
  readonly input: 'backend_config' | 'working_directory';
  /** What the input holds; of a `key=value` line the key alone, since the value may be secret. */
  readonly value: string;
  /** The file as users know it, or `backend_config`. */
  readonly label: string;
  /** A file of the checkout: whoever opens a pull request writes it. */
  readonly isRepository: boolean;
}

/** An argument as it was written. */
export interface WrittenArgument {
  readonly value: ConfigValue;
  readonly source: Source;
}

/** Where it stands. Pure. */
export function formatLocation({ source, value }: WrittenArgument): string {
  return `${source.label}:${value.line}`;
}

/** A problem in a file, told of the input that names the file. Pure. */
export function problemAt(source: Source, line: number | undefined, text: string): InputProblem {
  const where = line === undefined ? source.label : `${source.label}:${line}`;
  return { input: source.input, value: source.value, fix: `${where}: ${text}` };
}
