import type { InputProblem } from '../../runner/inputs.ts';
import type { Wording } from '../../terraform-config/cursor.ts';
import type { ConfigValue } from '../../terraform-config/value.ts';
import { quoteNothing, quoteShortly } from '../../text/quote.ts';

/** The source of an argument. */
export interface Source {
  readonly input: 'backend_config' | 'working_directory';
  /** The value of the input; for a `key=value` line only the key, because the value may be secret. */
  readonly value: string;
  /** The user's name for the file, or `backend_config`. */
  readonly label: string;
  /** A file in the checkout, which whoever opens a pull request can write. */
  readonly isRepository: boolean;
  /**
   * False if a link in the checkout leads outside: otherwise whoever opens a pull request could read any file of this
   * machine.
   */
  readonly isQuotable: boolean;
}

/** An argument as it was written. */
export interface WrittenArgument {
  readonly value: ConfigValue;
  readonly source: Source;
}

/** Where the argument is. Pure. */
export function formatLocation({ source, value }: WrittenArgument): string {
  return `${source.label}:${value.line}`;
}

/**
 * A problem in a file, reported for the input that names the file. Shows only what `quote` allows of the file. Pure.
 */
export function problemAt(source: Source, line: number | undefined, words: string | Wording): InputProblem {
  const where = line === undefined ? source.label : `${source.label}:${line}`;
  const text = typeof words === 'string' ? words : words(source.isQuotable ? quoteShortly : quoteNothing);
  return { input: source.input, value: source.value, fix: `${where}: ${text}` };
}
