import {
  ConfigSyntaxError,
  type Cursor,
  cursorOn,
  descend,
  fail,
  lineAt,
  peek,
  skipSpace,
  take,
  takeIdentifier,
} from './cursor.ts';
import { skipUntil, takeQuoted } from './scan.ts';
import { type ConfigValue, takeValue } from './value.ts';

/** A block with arguments and nested blocks, or a whole file. */
export interface Body {
  readonly values: ReadonlyMap<string, ConfigValue>;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  /** Empty unless it was requested. */
  readonly body: Body;
  /** From 1. */
  readonly line: number;
}

const EMPTY: Body = { values: new Map(), blocks: [] };

/** Parses an HCL file. Skips the bodies of blocks of other types. Errors: ConfigSyntaxError. */
export function parseBody(text: string, types: readonly string[]): Body {
  const cursor = cursorOn(text, false);
  const body = takeBody(cursor, types);
  if (peek(cursor) !== '') fail(cursor, `${peek(cursor)} closes nothing`);
  return body;
}

/** Parses a text that consists of one HCL expression. Errors: ConfigSyntaxError. */
export function parseExpression(text: string): ConfigValue {
  const cursor = cursorOn(text, false);
  skipSpace(cursor, 'all');
  const value = takeValue(cursor);
  skipSpace(cursor, 'all');
  return peek(cursor) === '' ? value : fail(cursor, 'there is more than one value');
}

/** Parses a JSON file as one value. Errors: ConfigSyntaxError. */
export function parseJson(text: string): ConfigValue {
  const cursor = cursorOn(text, true);
  try {
    JSON.parse(text.slice(cursor.at));
  } catch (error) {
    const [, at] = /position (\d+)/.exec(String(error)) ?? [];
    throw new ConfigSyntaxError(lineAt(cursor, Number(at ?? text.length)), () => 'this is not JSON');
  }
  skipSpace(cursor, 'all');
  return takeValue(cursor);
}

function takeBody(cursor: Cursor, types: readonly string[]): Body {
  const values = new Map<string, ConfigValue>();
  const blocks: Block[] = [];
  for (;;) {
    skipSpace(cursor, 'all');
    if (peek(cursor) === '' || peek(cursor) === '}') return { values, blocks };
    const start = cursor.at;
    const name = takeIdentifier(cursor) ?? fail(cursor, 'this is neither an argument nor a block');
    skipSpace(cursor, 'line');
    if (take(cursor, /=(?!=)/y) === undefined) {
      blocks.push(takeBlock(cursor, name, types, lineAt(cursor, start)));
    } else {
      if (values.has(name)) fail(cursor, (quote) => `${quote(name)} is set twice`, start);
      values.set(name, takeArgument(cursor));
    }
  }
}

function takeArgument(cursor: Cursor): ConfigValue {
  skipSpace(cursor, 'line');
  const start = cursor.at;
  const value = takeValue(cursor);
  if (cursor.at === start) fail(cursor, 'the value is missing');
  if (!['', '\n', '}'].includes(peek(cursor))) fail(cursor, 'an argument ends with its line');
  return value;
}

function takeBlock(cursor: Cursor, type: string, types: readonly string[], line: number): Block {
  const labels: string[] = [];
  for (;;) {
    const label = peek(cursor) === '"' ? takeQuoted(cursor) : takeIdentifier(cursor);
    if (label === undefined) break;
    labels.push(label);
    skipSpace(cursor, 'line');
  }
  const start = cursor.at;
  if (take(cursor, /\{/y) === undefined) fail(cursor, (quote) => `after ${quote(type)}, = or { is missing`);
  const isWanted = types.includes(type);
  const body = descend(cursor, () => (isWanted ? takeBody(cursor, types) : skipBody(cursor)));
  if (take(cursor, /\}/y) === undefined)
    fail(cursor, (quote) => `the block ${quote(type)} is not closed`, start);
  return { type, labels, body, line };
}

function skipBody(cursor: Cursor): Body {
  skipUntil(cursor, '}');
  return EMPTY;
}
