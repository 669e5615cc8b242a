import * as v from 'valibot';
import type { SessionTag } from '../aws/settings.ts';
import type { InputReader } from '../runner/inputs.ts';

const Texts = v.pipe(v.string(), v.parseJson(), v.array(v.string()));
const Pairs = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

/** The strings of an input: one per line, or separated by commas, or a JSON array. Empty when not given. */
export function readList(reader: InputReader, name: string): string[] {
  const text = reader.text(name);
  if (text === undefined) return [];
  if (!text.startsWith('[')) return entries(text, /[\n,]/);
  const list = v.safeParse(Texts, text);
  if (list.success) return list.output;
  reader.reject(name, text, 'give one per line, or a JSON array of strings');
  return [];
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
  const pairs = entries(text, /\n/).map((line) => /^([^=]+)=(.*)$/.exec(line));
  if (pairs.includes(null)) return undefined;
  return pairs.map((pair) => ({ key: (pair?.[1] ?? '').trim(), value: (pair?.[2] ?? '').trim() }));
}

function entries(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
