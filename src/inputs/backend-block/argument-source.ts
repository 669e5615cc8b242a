import type { InputProblem } from '../../runner/inputs.ts';
import type { Wording } from '../../terraform-config/cursor.ts';
import type { ConfigValue } from '../../terraform-config/value.ts';
import { quoteNothing, quoteShortly } from '../../text/quote.ts';

/** What an argument was taken from. */
export interface Source {
  readonly input: 'backend_config' | 'working_directory';
  /** What the input holds; of a `key=value` line the key alone, since the value may be secret. */
  readonly value: string;
  /** The file as users know it, or `backend_config`. */
  readonly label: string;
  /** A file of the checkout: whoever opens a pull request writes it. */
  readonly isRepository: boolean;
  /** Not where a link of the checkout leads out of it: whoever opens a pull request would read any file of this machine. */
  readonly isQuotable: boolean;
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

/** A problem in a file, told of the input that names the file. It shows of the file what `quote` lets through. Pure. */
export function problemAt(source: Source, line: number | undefined, words: string | Wording): InputProblem {
  const where = line === undefined ? source.label : `${source.label}:${line}`;
  const text = typeof words === 'string' ? words : words(source.isQuotable ? quoteShortly : quoteNothing);
  return { input: source.input, value: source.value, fix: `${where}: ${text}` };
}
