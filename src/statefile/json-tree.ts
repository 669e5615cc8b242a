import type { ScalarKind } from './json-grammar.ts';
import type { JsonSink } from './json-scanner.ts';

/**
 * A number as in its source, because a state's numbers have more digits than JavaScript keeps
 * (docs/protocol.md#state-file).
 */
export interface JsonNumber {
  readonly digits: string;
}

/** A JSON value without any loss. Objects are maps: every name is only a name, and the order is kept. */
export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

/**
 * The greatest number of nested containers in a tree. A type takes two for each level of its value. It bounds the stack
 * of whatever walks the tree, and the cost of its indentation.
 */
export const DEEPEST_TREE = 250;
/** Deeper values are printed on one line. */
const DEEPEST_INDENTED = 20;

interface OpenContainer {
  readonly values: JsonValue[] | Map<string, JsonValue>;
  key: string;
}

export interface TreeBuilder {
  readonly sink: JsonSink;
  /** Undefined until the tree is complete, and for one that is too deep. */
  value(): JsonValue | undefined;
  /** Whether the text is deeper than `DEEPEST_TREE`. Then nothing of it is kept. */
  isTooDeep(): boolean;
}

/** Builds the tree of a scanned text. The last of equal names counts. */
export function createTreeBuilder(): TreeBuilder {
  const open: OpenContainer[] = [];
  let pieces: Buffer[] = [];
  let whole: JsonValue | undefined;
  let isTooDeep = false;

  const add = (value: JsonValue): void => {
    const container = open.at(-1);
    if (container === undefined) whole = value;
    else if (container.values instanceof Map) container.values.set(container.key, value);
    else container.values.push(value);
  };
  const sink: JsonSink = {
    open(kind) {
      if (open.length >= DEEPEST_TREE) isTooDeep = true;
      if (!isTooDeep) open.push({ values: kind === 'object' ? new Map() : [], key: '' });
    },
    close() {
      if (!isTooDeep) add(open.pop()?.values ?? null);
    },
    begin: () => {
      pieces = [];
    },
    // The scanner owns the buffer and reuses it.
    bytes(buffer, from, to) {
      if (!isTooDeep) pieces.push(Buffer.from(buffer.subarray(from, to)));
    },
    end: (role) => {
      if (isTooDeep) return;
      const text = Buffer.concat(pieces).toString('utf8');
      const container = open.at(-1);
      if (role !== 'key') add(scalar(role, text));
      else if (container !== undefined) container.key = text;
    },
  };
  return {
    sink,
    value: () => (open.length === 0 && !isTooDeep ? whole : undefined),
    isTooDeep: () => isTooDeep,
  };
}

function scalar(kind: ScalarKind, text: string): JsonValue {
  if (kind === 'string') return text;
  if (kind === 'number') return { digits: text };
  return kind === 'null' ? null : text === 'true';
}

/** Whether a value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

/** Whether a value is a number. */
export function isJsonNumber(value: JsonValue | undefined): value is JsonNumber {
  return typeof value === 'object' && value !== null && 'digits' in value;
}

/** The value as JSON: compact or, with `indent` spaces per level, readable. Numbers are as in their source. */
export function printJson(value: JsonValue, indent = 0): string {
  return print(value, indent, '');
}

function print(value: JsonValue, width: number, margin: string): string {
  const indent = margin.length < width * DEEPEST_INDENTED ? width : 0;
  if (isJsonNumber(value)) return value.digits;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = indent === 0 ? '' : `${margin}${' '.repeat(indent)}`;
  const colon = indent === 0 ? ':' : ': ';
  const [begin, end] = isJsonObject(value) ? ['{', '}'] : ['[', ']'];
  const items = isJsonObject(value)
    ? Array.from(value, ([name, item]) => `${JSON.stringify(name)}${colon}${print(item, indent, inner)}`)
    : value.map((item) => print(item, indent, inner));
  if (items.length === 0) return `${begin}${end}`;
  if (indent === 0) return `${begin}${items.join(',')}${end}`;
  return `${begin}\n${items.map((item) => `${inner}${item}`).join(',\n')}\n${margin}${end}`;
}
