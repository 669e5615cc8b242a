import type { ScalarKind } from './json-grammar.ts';
import type { JsonSink } from './json-scanner.ts';

/** A number as its source has it: a state's numbers have more digits than JavaScript keeps (docs/protocol.md#state-file). */
export interface JsonNumber {
  readonly digits: string;
}

/** A JSON value that loses nothing. Objects are maps: any name is just a name, and the order stays. */
export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

interface OpenContainer {
  readonly values: JsonValue[] | Map<string, JsonValue>;
  key: string;
}

/** Builds the tree of what goes by; `value` is undefined until it is whole. Of equal names the last one counts. */
export function createTreeBuilder(): { readonly sink: JsonSink; value(): JsonValue | undefined } {
  const open: OpenContainer[] = [];
  let pieces: Buffer[] = [];
  let whole: JsonValue | undefined;

  const add = (value: JsonValue): void => {
    const container = open.at(-1);
    if (container === undefined) whole = value;
    else if (container.values instanceof Map) container.values.set(container.key, value);
    else container.values.push(value);
  };
  const sink: JsonSink = {
    open: (kind) => void open.push({ values: kind === 'object' ? new Map() : [], key: '' }),
    close: () => add(open.pop()?.values ?? null),
    begin: () => {
      pieces = [];
    },
    // The buffer is the scanner's, and used again.
    bytes: (buffer, from, to) => void pieces.push(Buffer.from(buffer.subarray(from, to))),
    end: (role) => {
      const text = Buffer.concat(pieces).toString('utf8');
      const container = open.at(-1);
      if (role !== 'key') add(scalar(role, text));
      else if (container !== undefined) container.key = text;
    },
  };
  return { sink, value: () => (open.length === 0 ? whole : undefined) };
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

/** The value as JSON: compact or, with `indent` spaces a level, for the eye. Numbers are as their source has them. */
export function printJson(value: JsonValue, indent = 0): string {
  return print(value, indent, '');
}

function print(value: JsonValue, indent: number, margin: string): string {
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
