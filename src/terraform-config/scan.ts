import { type Cursor, descend, fail, peek, skipSpace, take } from './cursor.ts';
import { toNormalForm } from './normal-form.ts';
import { sequenceAt, templateText, withoutIndentation } from './template.ts';

/** A constant text; undefined when it must be evaluated. */
export type Scanned = string | undefined;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
const CODE_POINT = /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/y;

/** Reads a quoted text. The cursor is at its opening quote. Errors: ConfigSyntaxError. */
export function takeQuoted(cursor: Cursor): Scanned {
  return cursor.isJson ? takeJsonText(cursor) : takeHclText(cursor);
}

function takeJsonText(cursor: Cursor): Scanned {
  const literal = takeLiteral(cursor);
  const text = String(JSON.parse(literal));
  // Where nothing is evaluated, Terraform takes JSON strings literally, even `$${`.
  return templateText(text) === undefined ? undefined : toNormalForm(text);
}

function takeLiteral(cursor: Cursor): string {
  const { text, at: start } = cursor;
  for (let at = start + 1; at < text.length; at += text.charAt(at) === '\\' ? 2 : 1) {
    if (text.charAt(at) !== '"') continue;
    cursor.at = at + 1;
    return text.slice(start, cursor.at);
  }
  return fail(cursor, 'the string is not closed');
}

function takeHclText(cursor: Cursor): Scanned {
  const start = cursor.at;
  let text = '';
  let isConstant = true;
  cursor.at += 1;
  for (;;) {
    const char = peek(cursor);
    if (char === '' || char === '\n') fail(cursor, 'the string is not closed', start);
    if (char === '"') break;
    const sequence = sequenceAt(cursor.text, cursor.at);
    if (sequence === 'template') {
      isConstant = false;
      skipTemplate(cursor);
    } else text += takeCharacter(cursor, sequence === 'escaped');
  }
  cursor.at += 1;
  // As cty keeps all text.
  return isConstant ? toNormalForm(text) : undefined;
}

function takeCharacter(cursor: Cursor, isEscapedSequence: boolean): string {
  const { text, at } = cursor;
  if (isEscapedSequence) {
    cursor.at += 3;
    return text.slice(at + 1, at + 3);
  }
  if (text.charAt(at) !== '\\') {
    cursor.at += 1;
    return text.charAt(at);
  }
  const code = take(cursor, CODE_POINT);
  if (code !== undefined) return codePoint(cursor, Number.parseInt(code[1] ?? code[2] ?? '', 16));
  cursor.at += 2;
  return ESCAPES[text.charAt(at + 1)] ?? fail(cursor, 'HCL has no such escape in a string', at);
}

function codePoint(cursor: Cursor, code: number): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : fail(cursor, 'there is no such character');
}

function skipTemplate(cursor: Cursor): void {
  cursor.at += 2;
  descend(cursor, () => skipUntil(cursor, '}'));
  cursor.at += 1;
}

const HEREDOC = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;

/** Reads a heredoc. The cursor is at its `<<`. Errors: ConfigSyntaxError. */
export function takeHeredoc(cursor: Cursor): Scanned {
  const start = cursor.at;
  const [, flush, marker] = take(cursor, HEREDOC) ?? fail(cursor, 'the heredoc has no marker');
  const lines: string[] = [];
  for (;;) {
    const line = take(cursor, /[^\n]*/y)?.[0] ?? '';
    if (line.trim() === marker) break;
    if (peek(cursor) === '')
      fail(cursor, (quote) => `the heredoc's ${quote(marker ?? '')} is missing`, start);
    cursor.at += 1;
    lines.push(`${line}\n`);
  }
  const kept = flush === '-' ? withoutIndentation(lines) : lines;
  const text = templateText(kept.join(''));
  return text === undefined ? undefined : toNormalForm(text);
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** Moves to the first of the characters outside of brackets, texts and comments. Errors: ConfigSyntaxError. */
export function skipUntil(cursor: Cursor, stops: string): void {
  const start = cursor.at;
  for (;;) {
    skipSpace(cursor, 'line');
    const char = peek(cursor);
    if (char === '' && stops.includes('\n')) return;
    if (char === '') fail(cursor, `a closing ${stops} is missing`, start);
    if (stops.includes(char)) return;
    skipOne(cursor, char);
  }
}

/** Skips one character, or everything that it opens. */
function skipOne(cursor: Cursor, char: string): void {
  const closing = CLOSING[char];
  if ('}])'.includes(char)) fail(cursor, `${char} closes nothing`);
  if (char === '"') takeQuoted(cursor);
  else if (cursor.text.startsWith('<<', cursor.at)) takeHeredoc(cursor);
  else cursor.at += 1;
  if (closing === undefined) return;
  descend(cursor, () => skipUntil(cursor, closing));
  cursor.at += 1;
}
