import * as v from 'valibot';
import type { SessionTag } from '../aws/settings.ts';
import type { InputReader } from '../runner/inputs.ts';

const Texts = v.pipe(v.string(), v.parseJson(), v.array(v.string()));
const Pairs = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

const COMMENT = '#';

/**
 * The lines of an input without its comments; undefined when it is not given. An empty line is a problem: it may be all
 * that is left of an expression whose value was lost, and the state in it would silently be left out.
 */
export function readLines(reader: InputReader, input: string): readonly string[] | undefined {
  const lines = reader.lines(input);
  for (const [i, line] of lines?.entries() ?? []) {
    if (line !== '') continue;
    const fix = `line ${i + 1} is empty: pass the value that is missing there, remove the line, or begin it with ${COMMENT}`;
    reader.reject(input, line, fix);
  }
  return lines?.filter((line) => line !== '' && !line.startsWith(COMMENT));
}

/** The strings of an input: one per line, or separated by commas, or a JSON array. Empty when not given. */
export function readList(reader: InputReader, name: string): string[] {
  const text = reader.text(name);
  if (text === undefined) return [];
  const list = parseTexts(text, /[\n,]/);
  if (list !== undefined) return list;
  reader.reject(name, text, 'give one per line, or a JSON array of strings');
  return [];
}

/** The same without duplicates. */
export function readUniqueList(reader: InputReader, name: string): string[] {
  return [...new Set(readList(reader, name))];
}

/** The pairs of an input: one `key=value` per line, or a JSON object. Empty when not given. */
export function readMap(reader: InputReader, name: string): SessionTag[] {
  const text = reader.text(name);
  if (text === undefined) return [];
  const pairs = text.startsWith('{') ? pairsOfJson(text) : pairsOfLines(text);
  if (pairs !== undefined) return pairs;
  reader.reject(name, text, 'give one key=value per line, or a JSON object of strings');
  return [];
}

function pairsOfJson(text: string): SessionTag[] | undefined {
  const map = v.safeParse(Pairs, text);
  if (!map.success) return undefined;
  return Object.entries(map.output).map(([key, value]) => ({ key, value }));
}

function pairsOfLines(text: string): SessionTag[] | undefined {
  const pairs = splitLines(text).map((line) => /^([^=]+)=(.*)$/.exec(line));
  if (pairs.includes(null)) return undefined;
  return pairs.map((pair) => ({ key: (pair?.[1] ?? '').trim(), value: (pair?.[2] ?? '').trim() }));
}

/** The strings of a JSON array, or what the separators separate. Undefined for an array of anything else. Pure. */
export function parseTexts(text: string, separator: RegExp): string[] | undefined {
  if (!text.startsWith('[')) return entries(text, separator);
  const list = v.safeParse(Texts, text);
  return list.success ? list.output : undefined;
}

/** The lines of a text, trimmed and without the empty ones. Pure. */
export function splitLines(text: string): string[] {
  return entries(text, /\n/);
}

function entries(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
