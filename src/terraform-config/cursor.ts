/** A position in the text of one file. */
export interface Cursor {
  readonly text: string;
  /** JSON has other escapes, and no heredocs. */
  readonly isJson: boolean;
  at: number;
  /** The number of open brackets, blocks and templates. */
  depth: number;
  /** The line of a position, starting at 1. */
  readonly lineNumber: (at: number) => number;
}

/**
 * The UTF-16 units of one file. Nobody writes that much by hand, and generated configuration needs no backend block in
 * the same file.
 */
export const LONGEST_CONFIG = 1024 * 1024;
/** The levels of nested brackets, blocks and templates. It bounds the stack and, with it, how often a text is read. */
export const DEEPEST_CONFIG = 100;

/** The problem in words. Any text of the file in it goes through `quote`. */
export type Wording = (quote: (text: string) => string) => string;

/**
 * The text is not HCL or JSON; `line` starts at 1. The message quotes the file in full: to show the error, use
 * `wording`.
 */
export class ConfigSyntaxError extends Error {
  readonly line: number;
  readonly wording: Wording;

  constructor(line: number, wording: Wording) {
    super(wording((text) => text));
    this.name = 'ConfigSyntaxError';
    this.line = line;
    this.wording = wording;
  }
}

/** The start of a text, after a byte order mark. Errors: ConfigSyntaxError for a text that is too long. */
export function cursorOn(text: string, isJson: boolean): Cursor {
  if (text.length > LONGEST_CONFIG) {
    throw new ConfigSyntaxError(
      1,
      () =>
        'the file is larger than 1 MiB, which is too large to read: keep the backend block in its own file',
    );
  }
  return {
    text,
    isJson,
    at: text.startsWith('\ufeff') ? 1 : 0,
    depth: 0,
    lineNumber: createLineFinder(text),
  };
}

/**
 * Finds lines by bisection, because a file can have as many positions to name as values. Line breaks are searched at
 * the first use.
 */
function createLineFinder(text: string): (at: number) => number {
  let breaks: number[] | undefined;
  return (at) => {
    breaks ??= findBreaks(text);
    let low = 0;
    let high = breaks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((breaks[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

function findBreaks(text: string): number[] {
  const breaks: number[] = [];
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) breaks.push(i);
  return breaks;
}

/** The line of a position, starting at 1. */
export function lineAt(cursor: Cursor, at: number): number {
  return cursor.lineNumber(at);
}

export function fail(cursor: Cursor, words: string | Wording, at = cursor.at): never {
  const wording = typeof words === 'string' ? () => words : words;
  throw new ConfigSyntaxError(lineAt(cursor, at), wording);
}

/** Reads one level deeper. Errors: ConfigSyntaxError when that is too deep. */
export function descend<Value>(cursor: Cursor, read: () => Value): Value {
  if (cursor.depth >= DEEPEST_CONFIG) fail(cursor, `this is nested deeper than ${DEEPEST_CONFIG} levels`);
  cursor.depth += 1;
  const value = read();
  cursor.depth -= 1;
  return value;
}

/** The current character; empty at the end. */
export function peek({ text, at }: Cursor): string {
  return text.charAt(at);
}

/**
 * Matches a sticky expression here and moves past it. Only for expressions that repeat a single class of characters and
 * need no stack.
 */
export function take(cursor: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match !== null) cursor.at = pattern.lastIndex;
  return match ?? undefined;
}

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;

export function takeIdentifier(cursor: Cursor): string | undefined {
  return take(cursor, IDENTIFIER)?.[0];
}

/** Skips spaces and comments and, unless the line matters, newlines. */
export function skipSpace(cursor: Cursor, how: 'line' | 'all'): void {
  const { text } = cursor;
  for (;;) {
    const char = text.charAt(cursor.at);
    if (char === ' ' || char === '\t' || char === '\r' || (char === '\n' && how === 'all')) cursor.at += 1;
    else if (char === '#' || text.startsWith('//', cursor.at)) cursor.at = findEnd(text, '\n', cursor.at);
    else if (text.startsWith('/*', cursor.at)) skipComment(cursor);
    else return;
  }
}

function skipComment(cursor: Cursor): void {
  const end = cursor.text.indexOf('*/', cursor.at + 2);
  if (end === -1) fail(cursor, 'the comment is not closed');
  cursor.at = end + 2;
}

function findEnd(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end === -1 ? text.length : end;
}
