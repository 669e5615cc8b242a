import { createEscapes } from './json-escapes.ts';
import { type ContainerKind, createGrammar, type Role, type ScalarKind } from './json-grammar.ts';
import { isCompleteNumber, type NumberState, nextNumberState } from './json-number.ts';

/**
 * Told of what goes by. `depth` is the number of containers around the thing told. A key or scalar is a `begin`, its
 * bytes in any number of pieces (escapes resolved, a number as in the source), and an `end`.
 */
export interface JsonSink {
  open(kind: ContainerKind, depth: number): void;
  close(kind: ContainerKind, depth: number): void;
  begin(role: Role, depth: number): void;
  bytes(buffer: Buffer, from: number, to: number): void;
  end(role: Role, depth: number): void;
}

export interface JsonScanner {
  /** Takes the next bytes, cut anywhere; ignored after the first error. */
  write(chunk: Uint8Array): void;
  /** `stuck`: no bytes could mend it, `at` being the first wrong one; `unfinished`: more bytes could. */
  end():
    | { readonly kind: 'complete' | 'unfinished' | 'blank' }
    | { readonly kind: 'stuck'; readonly at: number };
}

type Mode = 'structure' | 'string' | 'escape' | 'number' | 'literal';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LITERALS: ReadonlyMap<number, { readonly text: Buffer; readonly kind: ScalarKind }> = new Map([
  [0x74, { text: Buffer.from('true'), kind: 'boolean' }],
  [0x66, { text: Buffer.from('false'), kind: 'boolean' }],
  [0x6e, { text: Buffer.from('null'), kind: 'null' }],
]);

/**
 * Scans one JSON text of any size in constant memory: it keeps no token, however long. Accepts what `JSON.parse`
 * does, but for a depth beyond Go's limit; and, as Go does, bytes in strings that are no UTF-8.
 */
export function createJsonScanner(sink: JsonSink): JsonScanner {
  const grammar = createGrammar();
  let mode: Mode = 'structure';
  let role: Role = 'null';
  let place: NumberState = 'start';
  let literal: Buffer = Buffer.alloc(0);
  let matched = 0;
  let consumed = 0;
  let blank = true;
  let stuck: number | undefined;
  const escapes = createEscapes((bytes) => sink.bytes(bytes, 0, bytes.length));

  const begin = (next: Mode, kind: ScalarKind): boolean => {
    const found = grammar.scalar(kind);
    if (found === undefined) return false;
    mode = next;
    role = found;
    sink.begin(role, grammar.depth());
    return true;
  };
  const finish = (): void => {
    mode = 'structure';
    sink.end(role, grammar.depth());
  };
  const open = (kind: ContainerKind): boolean => {
    if (!grammar.open(kind)) return false;
    sink.open(kind, grammar.depth() - 1);
    return true;
  };
  const close = (kind: ContainerKind): boolean => {
    if (!grammar.close(kind)) return false;
    sink.close(kind, grammar.depth());
    return true;
  };
  const beginLiteral = (byte: number): boolean => {
    const found = LITERALS.get(byte);
    if (found === undefined) return false;
    literal = found.text;
    matched = 1;
    return begin('literal', found.kind);
  };
  const token = (byte: number): boolean => {
    if (byte === QUOTE) return begin('string', 'string');
    if (byte === 0x2c) return grammar.comma();
    if (byte === 0x3a) return grammar.colon();
    if (byte === 0x7b) return open('object');
    if (byte === 0x7d) return close('object');
    if (byte === 0x5b) return open('array');
    if (byte === 0x5d) return close('array');
    return beginLiteral(byte);
  };

  // Each step reads from `at` on and tells where to go on; a negative answer is the complement of the wrong byte's place.
  const steps: Readonly<Record<Mode, (buffer: Buffer, at: number) => number>> = {
    structure(buffer, at) {
      const byte = buffer[at] ?? 0;
      if (isWhiteSpace(byte)) return endOfWhiteSpace(buffer, at);
      blank = false;
      const first = nextNumberState('start', byte);
      if (first === undefined) return token(byte) ? at + 1 : ~at;
      place = 'start';
      return begin('number', 'number') ? at : ~at;
    },
    string(buffer, at) {
      const stop = endOfPlain(buffer, at);
      if (stop > at) {
        escapes.finish();
        sink.bytes(buffer, at, stop);
      }
      if (stop === buffer.length) return stop;
      if (buffer[stop] === BACKSLASH) mode = 'escape';
      else if (buffer[stop] !== QUOTE) return ~stop;
      else {
        escapes.finish();
        finish();
      }
      return stop + 1;
    },
    escape(buffer, at) {
      const taken = escapes.take(buffer[at] ?? 0);
      if (taken === 'invalid') return ~at;
      if (taken === 'done') mode = 'string';
      return at + 1;
    },
    number(buffer, at) {
      let stop = at;
      for (let next = nextNumberState(place, buffer[stop] ?? 0); next !== undefined; ) {
        place = next;
        stop += 1;
        next = stop < buffer.length ? nextNumberState(place, buffer[stop] ?? 0) : undefined;
      }
      if (stop > at) sink.bytes(buffer, at, stop);
      if (stop === buffer.length) return stop;
      if (!isCompleteNumber(place)) return ~stop;
      finish();
      return stop;
    },
    literal(buffer, at) {
      if (buffer[at] !== literal[matched]) return ~at;
      matched += 1;
      if (matched === literal.length) {
        sink.bytes(literal, 0, literal.length);
        finish();
      }
      return at + 1;
    },
  };
  return {
    write(chunk) {
      const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let at = 0; at < buffer.length && stuck === undefined; ) {
        const next = steps[mode](buffer, at);
        if (next < 0) stuck = consumed + ~next;
        at = next;
      }
      consumed += buffer.length;
    },
    end() {
      if (stuck !== undefined) return { kind: 'stuck', at: stuck };
      if (blank) return { kind: 'blank' };
      if (mode === 'number' && isCompleteNumber(place)) finish();
      return { kind: mode === 'structure' && grammar.isComplete() ? 'complete' : 'unfinished' };
    },
  };
}

/** Where the run of bytes that stand for themselves ends. */
function endOfPlain(buffer: Buffer, from: number): number {
  let at = from;
  while (at < buffer.length) {
    const byte = buffer[at] ?? 0;
    if (byte === QUOTE || byte === BACKSLASH || byte < FIRST_PRINTABLE) return at;
    at += 1;
  }
  return at;
}

function endOfWhiteSpace(buffer: Buffer, from: number): number {
  let at = from;
  while (at < buffer.length && isWhiteSpace(buffer[at] ?? 0)) at += 1;
  return at;
}

function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
