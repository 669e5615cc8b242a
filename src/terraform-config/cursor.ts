/** A place in the text of one file. */
export interface Cursor {
  readonly text: string;
  /** JSON has other escapes, and no heredocs. */
  readonly isJson: boolean;
  at: number;
}

/** The text is not HCL or JSON; `line` counts from 1. */
export class ConfigSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'ConfigSyntaxError';
    this.line = line;
  }
}

/** The start of a text; a byte order mark is none of it. */
export function cursorOn(text: string, isJson: boolean): Cursor {
  return { text, isJson, at: text.startsWith('\ufeff') ? 1 : 0 };
}

/** The line of a place, from 1. */
export function lineAt({ text }: Cursor, at: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < at; i = text.indexOf('\n', i + 1)) line += 1;
  return line;
}

export function fail(cursor: Cursor, message: string, at = cursor.at): never {
  throw new ConfigSyntaxError(lineAt(cursor, at), message);
}

/** The character here; empty at the end. */
export function peek({ text, at }: Cursor): string {
  return text.charAt(at);
}

/** Matches a sticky expression here and steps over it. */
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

const LINE_SPACE = /(?:[ \t\r]|(?:#|\/\/)[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const SPACE = /(?:[ \t\r\n]|(?:#|\/\/)[^\n]*|\/\*[\s\S]*?\*\/)*/y;

/** Steps over blanks and comments, and over the ends of lines too unless the line is to count. */
export function skipSpace(cursor: Cursor, how: 'line' | 'all'): void {
  take(cursor, how === 'line' ? LINE_SPACE : SPACE);
  if (cursor.text.startsWith('/*', cursor.at)) fail(cursor, 'the comment is not closed');
}
