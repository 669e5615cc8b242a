import { block, code } from '../../../messages/html.ts';
import { cutNote } from '../../../messages/outputs-text.ts';
import { isJsonNumber, type JsonValue, printJson } from '../../../statefile/json-tree.ts';

const ONE_LINE = 80;

/**
 * The value of an output as HTML for a table cell: short ones on a line, others folded, truncated after `limit`
 * characters.
 */
export function renderValue(value: JsonValue | undefined, limit: number): string {
  if (value === undefined) return '<em>(sensitive)</em>';
  const text = toText(value);
  if (text === '') return '<em>(empty)</em>';
  if (text.length <= ONE_LINE && !/[\r\n]/.test(text)) return code(text);
  const { shown, note } = cut(text, limit);
  return `<details><summary>${describe(value, text)}</summary>${block(shown)}${note}</details>`;
}

/** Whether a value is longer than what is shown of it. */
export function isCut(value: JsonValue | undefined, limit: number): boolean {
  return value !== undefined && toText(value).length > limit;
}

function toText(value: JsonValue): string {
  return typeof value === 'string' ? value : printJson(value, 2);
}

/** Never between the two halves of one character. */
function cut(text: string, limit: number): { shown: string; note: string } {
  if (text.length <= limit) return { shown: text, note: '' };
  const end = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
  return { shown: text.slice(0, end), note: cutNote(end, text.length) };
}

function describe(value: JsonValue, text: string): string {
  if (Array.isArray(value)) return count(value.length, 'element');
  if (value instanceof Map) return count(value.size, 'attribute');
  if (isJsonNumber(value)) return 'a long number';
  const lines = text.replace(/\r?\n$/, '').split(/\r\n|\r|\n/).length;
  return lines > 1 ? count(lines, 'line') : count(text.length, 'character');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
