/** What the runner says of a command file that breaks the grammar; the step then fails. */
export class CommandFileError extends Error {
  override readonly name = 'CommandFileError';
}

/** How a command file is read: `windows` reads CRLF as one line end, as the runner does only there. */
export interface CommandFileOptions {
  readonly windows?: boolean;
}

interface Line {
  readonly text: string;
  /** The line end found; empty for a last line without one. */
  readonly end: string;
}

/**
 * Parses GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV as strictly as the runner: `NAME=VALUE` or
 * `NAME<<DELIMITER`, lines, `DELIMITER`; empty lines are skipped; the last write of a name wins (names of
 * outputs and state differ not by case). Throws CommandFileError (docs/runner.md#file-commands).
 */
export function parseCommandFile(
  text: string,
  options: CommandFileOptions = {},
): [name: string, value: string][] {
  const lines = splitLines(text, options.windows ?? false);
  const pairs: [string, string][] = [];
  for (let line = lines.shift(); line; line = lines.shift()) {
    if (line.text !== '') pairs.push(parsePair(line.text, lines));
  }
  return pairs;
}

/** Parses GITHUB_PATH: one directory a line, the later ones first. */
export function parsePathFile(text: string, options: CommandFileOptions = {}): string[] {
  const lines = splitLines(text, options.windows ?? false).map((line) => line.text);
  return lines.filter((line) => line !== '').reverse();
}

/** Names as the runner compares them: a later pair replaces one whose name differs in case only. */
export function lastWins(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const kept = new Map<string, readonly [string, string]>();
  for (const [name, value] of pairs) {
    const known = kept.get(name.toLowerCase());
    kept.set(name.toLowerCase(), [known?.[0] ?? name, value]);
  }
  return Object.fromEntries(kept.values());
}

function parsePair(line: string, rest: Line[]): [string, string] {
  const equals = line.indexOf('=');
  const heredoc = line.indexOf('<<');
  if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
    const name = line.slice(0, heredoc);
    const delimiter = line.slice(heredoc + 2);
    if (name === '' || delimiter === '') {
      throw new CommandFileError(
        `Invalid format '${line}'. Name must not be empty and delimiter must not be empty`,
      );
    }
    return [name, takeUntil(delimiter, rest)];
  }
  if (equals < 0) throw new CommandFileError(`Invalid format '${line}'`);
  if (equals === 0) throw new CommandFileError(`Invalid format '${line}'. Name must not be empty`);
  return [line.slice(0, equals), line.slice(equals + 1)];
}

function takeUntil(delimiter: string, rest: Line[]): string {
  const taken: Line[] = [];
  for (let line = rest.shift(); line; line = rest.shift()) {
    if (line.end === '') throw new CommandFileError('Invalid value. EOF marker missing new line.');
    if (line.text === delimiter) return joined(taken);
    taken.push(line);
  }
  throw new CommandFileError(`Invalid value. Matching delimiter not found '${delimiter}'`);
}

function joined(lines: readonly Line[]): string {
  return lines.map(({ text, end }, i) => (i === lines.length - 1 ? text : text + end)).join('');
}

function splitLines(text: string, windows: boolean): Line[] {
  const pattern = windows ? /(.*?)(\r\n|\n|$)/sy : /(.*?)(\n|$)/sy;
  const lines: Line[] = [];
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text);
    if (!found) break;
    lines.push({ text: found[1] ?? '', end: found[2] ?? '' });
  }
  return lines;
}
