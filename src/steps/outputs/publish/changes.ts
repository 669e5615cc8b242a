import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { printJson } from '../../../statefile/json-tree.ts';
import type { PublishedOutput } from '../published.ts';

/** What is remembered of published outputs: a hash of each value; of a sensitive one nothing but its name. */
export type Remembered = ReadonlyMap<string, string | undefined>;

/** What became of an output since. `unknown`: it is or was sensitive, so nothing was kept to compare with. */
export type Change = 'added' | 'changed' | 'same' | 'unknown';

export interface Changes {
  readonly byName: ReadonlyMap<string, Change>;
  /** Names of outputs that were there and are not any more. */
  readonly removed: readonly string[];
}

const HASH_LENGTH = 16;

/** What to remember of outputs. */
export function remember(outputs: readonly PublishedOutput[]): Remembered {
  return new Map(
    outputs.map(({ name, value }) => [name, value === undefined ? undefined : hash(printJson(value))]),
  );
}

/** Compares outputs with what was remembered of earlier ones. Pure. */
export function compareOutputs(before: Remembered, outputs: readonly PublishedOutput[]): Changes {
  const now = remember(outputs);
  const byName = new Map([...now].map(([name, mark]) => [name, compareOutput(before, name, mark)]));
  return { byName, removed: [...before.keys()].filter((name) => !now.has(name)).sort() };
}

function compareOutput(before: Remembered, name: string, mark: string | undefined): Change {
  if (!before.has(name)) return 'added';
  const earlier = before.get(name);
  if (earlier === undefined || mark === undefined) return 'unknown';
  return earlier === mark ? 'same' : 'changed';
}

const MEMORY = /^<!-- values (\S+) -->$/m;
const Marks = v.record(v.string(), v.nullable(v.string()));

/** The memory as an HTML comment, for the section that it belongs to. */
export function printMemory(remembered: Remembered): string {
  const marks = Object.fromEntries([...remembered].map(([name, mark]) => [name, mark ?? null]));
  return `<!-- values ${Buffer.from(JSON.stringify(marks)).toString('base64url')} -->`;
}

/** Reads it back; undefined where there is none, or none that can be read. */
export function readMemory(content: string): Remembered | undefined {
  const text = MEMORY.exec(content)?.[1];
  if (text === undefined) return undefined;
  const marks = parseMarks(Buffer.from(text, 'base64url').toString('utf8'));
  return marks && new Map(Object.entries(marks).map(([name, mark]) => [name, mark ?? undefined]));
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
