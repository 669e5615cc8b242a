import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { type JsonValue, printJson } from '../../../statefile/json-tree.ts';
import { parseJsonTree } from '../../../statefile/parse-json.ts';
import type { PublishedOutput } from './published.ts';

/** What is remembered about the value of an output. */
export interface ValueMark {
  readonly hash: string;
  /** The value as JSON; undefined when it was too long, or there is no room for it. */
  readonly text: string | undefined;
}

/** What is remembered about published outputs; for a sensitive one only its name. */
export type Remembered = ReadonlyMap<string, ValueMark | undefined>;

/** What happened to an output since. `unknown`: it is or was sensitive, so there is nothing to compare with. */
export type Change = 'added' | 'changed' | 'same' | 'unknown';

export interface Changes {
  readonly byName: ReadonlyMap<string, Change>;
  /** The earlier values of changed outputs, as far as they are remembered. */
  readonly before: ReadonlyMap<string, JsonValue>;
  /** The names of outputs that no longer exist. */
  readonly removed: readonly string[];
}

const HASH_LENGTH = 16;

/**
 * What to remember about outputs. For values with more than `longest` characters of JSON, only a hash to detect a
 * change.
 */
export function remember(
  outputs: readonly PublishedOutput[],
  longest: number = Number.POSITIVE_INFINITY,
): Remembered {
  return new Map(
    outputs.map(({ name, value }) => [name, value === undefined ? undefined : mark(value, longest)]),
  );
}

function mark(value: JsonValue, longest: number): ValueMark {
  const text = printJson(value);
  return { hash: hash(text), text: text.length <= longest ? text : undefined };
}

/** The same without the texts that must not be shown. Pure. */
export function forget(remembered: Remembered, isHidden: (text: string) => boolean): Remembered {
  const keep = (mark: ValueMark | undefined): ValueMark | undefined =>
    mark?.text !== undefined && isHidden(mark.text) ? { hash: mark.hash, text: undefined } : mark;
  return new Map([...remembered].map(([name, mark]) => [name, keep(mark)]));
}

/** Compares outputs with what was remembered about earlier ones. Pure. */
export function compareOutputs(before: Remembered, outputs: readonly PublishedOutput[]): Changes {
  const now = remember(outputs);
  const byName = new Map([...now].map(([name, mark]) => [name, compareOutput(before, name, mark?.hash)]));
  const earlier = new Map<string, JsonValue>();
  for (const [name, change] of byName) {
    const text = change === 'changed' ? before.get(name)?.text : undefined;
    const value = text === undefined ? undefined : parseJsonTree(text);
    if (value !== undefined) earlier.set(name, value);
  }
  return { byName, before: earlier, removed: [...before.keys()].filter((name) => !now.has(name)).sort() };
}

function compareOutput(before: Remembered, name: string, now: string | undefined): Change {
  if (!before.has(name)) return 'added';
  const earlier = before.get(name);
  if (earlier === undefined || now === undefined) return 'unknown';
  return earlier.hash === now ? 'same' : 'changed';
}

const MEMORY = /^<!-- values (\S+) -->$/m;
/** Only a hash, or with the value as JSON. */
const Marks = v.record(v.string(), v.nullable(v.union([v.string(), v.tuple([v.string(), v.string()])])));

/** The memory as an HTML comment in its section. */
export function printMemory(remembered: Remembered): string {
  const print = (mark: ValueMark | undefined) => {
    if (mark === undefined) return null;
    return mark.text === undefined ? mark.hash : [mark.hash, mark.text];
  };
  const marks = Object.fromEntries([...remembered].map(([name, mark]) => [name, print(mark)]));
  return `<!-- values ${Buffer.from(JSON.stringify(marks)).toString('base64url')} -->`;
}

/** Reads the memory; undefined when there is none, or it can't be read. */
export function readMemory(content: string): Remembered | undefined {
  const text = MEMORY.exec(content)?.[1];
  if (text === undefined) return undefined;
  const marks = parseMarks(Buffer.from(text, 'base64url').toString('utf8'));
  return marks && new Map(Object.entries(marks).map(([name, mark]) => [name, toMark(mark)]));
}

function toMark(mark: v.InferOutput<typeof Marks>[string]): ValueMark | undefined {
  if (mark === null) return undefined;
  return typeof mark === 'string' ? { hash: mark, text: undefined } : { hash: mark[0], text: mark[1] };
}

function parseMarks(json: string): v.InferOutput<typeof Marks> | undefined {
  try {
    return v.parse(Marks, JSON.parse(json));
  } catch {
    return undefined;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}
