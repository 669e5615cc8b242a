import { type Cursor, descend, lineAt, peek, skipSpace, take, takeIdentifier } from './cursor.ts';
import { skipUntil, takeHeredoc, takeQuoted } from './scan.ts';

/** The value of an argument and its line, starting at 1. */
export type ConfigValue = { readonly line: number } & (
  | { readonly kind: 'text' | 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'list'; readonly items: readonly ConfigValue[] }
  | { readonly kind: 'object'; readonly entries: readonly Entry[] }
  // Would have to be evaluated, which nothing here does.
  | { readonly kind: 'expression'; readonly source: string }
  // Not a value at all: `name { ... }`.
  | { readonly kind: 'block' }
);

export type Entry = readonly [name: string, value: ConfigValue];

const LONGEST_NUMBER = 100;
// The characters that end a value.
const ENDS = '\n,)]}';

/** Reads a value. Anything that is not constant has the kind `expression`. Errors: ConfigSyntaxError. */
export function takeValue(cursor: Cursor): ConfigValue {
  const start = cursor.at;
  const line = lineAt(cursor, start);
  const constant = takeConstant(cursor, line);
  if (constant !== undefined) {
    skipSpace(cursor, 'line');
    if (peek(cursor) === '' || ENDS.includes(peek(cursor))) return constant;
  } else cursor.at = start;
  // The constant was read completely, so it need not be read again.
  skipUntil(cursor, ENDS);
  return { kind: 'expression', source: cursor.text.slice(start, cursor.at).trim(), line };
}

function takeConstant(cursor: Cursor, line: number): ConfigValue | undefined {
  const char = peek(cursor);
  if (char === '[') return descend(cursor, () => takeList(cursor, line));
  if (char === '{') return descend(cursor, () => takeObject(cursor, line));
  if (char === '(') return descend(cursor, () => takeParenthesis(cursor));
  if (char === '"') return textValue(takeQuoted(cursor), line);
  if (char === '<') return cursor.text.startsWith('<<', cursor.at) ? heredoc(cursor, line) : undefined;
  return takeNumber(cursor, line) ?? takeWord(cursor, line);
}

function heredoc(cursor: Cursor, line: number): ConfigValue | undefined {
  return textValue(takeHeredoc(cursor), line);
}

function textValue(text: string | undefined, line: number): ConfigValue | undefined {
  return text === undefined ? undefined : { kind: 'text', text, line };
}

function takeNumber(cursor: Cursor, line: number): ConfigValue | undefined {
  const digits = take(cursor, /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y)?.[0];
  if (digits === undefined) return undefined;
  const text = /^-?\d+$/.test(digits) ? wholeNumber(digits) : String(Number(digits));
  return { kind: 'number', text, line };
}

/**
 * Removes unnecessary zeros. Keeps texts with more digits than any argument has, because converting those takes ever
 * longer.
 */
function wholeNumber(digits: string): string {
  return digits.length > LONGEST_NUMBER ? digits : String(BigInt(digits));
}

function takeWord(cursor: Cursor, line: number): ConfigValue | undefined {
  const word = takeIdentifier(cursor);
  if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true', line };
  return word === 'null' ? { kind: 'null', line } : undefined;
}

function takeParenthesis(cursor: Cursor): ConfigValue | undefined {
  cursor.at += 1;
  skipSpace(cursor, 'all');
  const inner = takeValue(cursor);
  skipSpace(cursor, 'all');
  return take(cursor, /\)/y) === undefined ? undefined : inner;
}

function takeList(cursor: Cursor, line: number): ConfigValue | undefined {
  const items: ConfigValue[] = [];
  cursor.at += 1;
  for (;;) {
    skipSpace(cursor, 'all');
    if (take(cursor, /\]/y)) return { kind: 'list', items, line };
    items.push(takeValue(cursor));
    skipSpace(cursor, 'all');
    if (take(cursor, /,/y) === undefined && peek(cursor) !== ']') return undefined;
  }
}

function takeObject(cursor: Cursor, line: number): ConfigValue | undefined {
  const entries = new Map<string, ConfigValue>();
  cursor.at += 1;
  for (;;) {
    skipSpace(cursor, 'all');
    if (take(cursor, /\}/y)) return { kind: 'object', entries: [...entries], line };
    const name = peek(cursor) === '"' ? takeQuoted(cursor) : takeIdentifier(cursor);
    skipSpace(cursor, 'line');
    if (name === undefined || take(cursor, /:|=(?![=>])/y) === undefined) return undefined;
    skipSpace(cursor, 'line');
    entries.set(name, takeValue(cursor));
    skipSpace(cursor, 'line');
    if (take(cursor, /[,\n]/y) === undefined && peek(cursor) !== '}') return undefined;
  }
}
