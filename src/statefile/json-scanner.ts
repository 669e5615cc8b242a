import { createEscapes, type Escapes } from './json-escapes.ts';
import { type ContainerKind, createGrammar, type Role, type ScalarKind } from './json-grammar.ts';
import { isCompleteNumber, type NumberState, nextNumberState } from './json-number.ts';

/**
 * Receives the parts of a scanned text. `depth` is the number of containers around a part. A key or scalar is a
 * `begin`, its bytes in any number of pieces (with escapes resolved, a number as in the source), and an `end`.
 */
export interface JsonSink {
  open(kind: ContainerKind, depth: number): void;
  close(kind: ContainerKind, depth: number): void;
  begin(role: Role, depth: number): void;
  bytes(buffer: Buffer, from: number, to: number): void;
  end(role: Role, depth: number): void;
}

/** `stuck`: no further bytes could make the text valid; `at` is the first wrong one. `unfinished`: more bytes could. */
export type JsonEnd =
  | { readonly kind: 'complete' | 'unfinished' | 'blank' }
  | { readonly kind: 'stuck'; readonly at: number };

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
 * Scans one JSON text of any size in constant memory, because it keeps no token, however long. Accepts what
 * `JSON.parse` does, except for a depth beyond Go's limit. Like Go, it also accepts bytes in strings that are not
 * UTF-8.
 */
export class JsonScanner {
  readonly #sink: JsonSink;
  readonly #grammar = createGrammar();
  readonly #escapes: Escapes;
  #mode: Mode = 'structure';
  /** Of the current scalar or key. */
  #role: Role = 'null';
  #numberState: NumberState = 'start';
  #literal: Buffer = Buffer.alloc(0);
  /** The number of bytes read of the literal. */
  #matched = 0;
  /** The number of bytes in all chunks before this one. */
  #consumed = 0;
  #isBlank = true;
  /** The position of the first wrong byte. */
  #stuckAt: number | undefined;

  constructor(sink: JsonSink) {
    this.#sink = sink;
    this.#escapes = createEscapes((bytes) => sink.bytes(bytes, 0, bytes.length));
  }

  /** Takes the next bytes, split anywhere. Ignores them after the first error. */
  write(chunk: Uint8Array): void {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < buffer.length && this.#stuckAt === undefined; ) {
      const next = this.#step(buffer, at);
      if (next < 0) this.#stuckAt = this.#consumed + ~next;
      at = next;
    }
    this.#consumed += buffer.length;
  }

  end(): JsonEnd {
    if (this.#stuckAt !== undefined) return { kind: 'stuck', at: this.#stuckAt };
    if (this.#isBlank) return { kind: 'blank' };
    if (this.#mode === 'number' && isCompleteNumber(this.#numberState)) this.#finish();
    const isWhole = this.#mode === 'structure' && this.#grammar.isComplete();
    return { kind: isWhole ? 'complete' : 'unfinished' };
  }

  /**
   * Reads from `at` and returns where to continue. A negative result is the complement of the wrong byte's position.
   */
  #step(buffer: Buffer, at: number): number {
    switch (this.#mode) {
      case 'structure':
        return this.#scanStructure(buffer, at);
      case 'string':
        return this.#scanString(buffer, at);
      case 'escape':
        return this.#scanEscape(buffer, at);
      case 'number':
        return this.#scanNumber(buffer, at);
      case 'literal':
        return this.#scanLiteral(buffer, at);
    }
  }

  #scanStructure(buffer: Buffer, at: number): number {
    const byte = buffer[at] ?? 0;
    if (isWhiteSpace(byte)) return endOfWhiteSpace(buffer, at);
    this.#isBlank = false;
    if (nextNumberState('start', byte) === undefined) return this.#takeToken(byte) ? at + 1 : ~at;
    this.#numberState = 'start';
    return this.#begin('number', 'number') ? at : ~at;
  }

  #scanString(buffer: Buffer, at: number): number {
    const stop = endOfPlain(buffer, at);
    if (stop > at) {
      this.#escapes.finish();
      this.#sink.bytes(buffer, at, stop);
    }
    if (stop === buffer.length) return stop;
    if (buffer[stop] === BACKSLASH) this.#mode = 'escape';
    else if (buffer[stop] !== QUOTE) return ~stop;
    else {
      this.#escapes.finish();
      this.#finish();
    }
    return stop + 1;
  }

  #scanEscape(buffer: Buffer, at: number): number {
    const taken = this.#escapes.take(buffer[at] ?? 0);
    if (taken === 'invalid') return ~at;
    if (taken === 'done') this.#mode = 'string';
    return at + 1;
  }

  #scanNumber(buffer: Buffer, at: number): number {
    let state = this.#numberState;
    let stop = at;
    for (let next = nextNumberState(state, buffer[stop] ?? 0); next !== undefined; ) {
      state = next;
      stop += 1;
      next = stop < buffer.length ? nextNumberState(state, buffer[stop] ?? 0) : undefined;
    }
    this.#numberState = state;
    if (stop > at) this.#sink.bytes(buffer, at, stop);
    if (stop === buffer.length) return stop;
    if (!isCompleteNumber(state)) return ~stop;
    this.#finish();
    return stop;
  }

  #scanLiteral(buffer: Buffer, at: number): number {
    if (buffer[at] !== this.#literal[this.#matched]) return ~at;
    this.#matched += 1;
    if (this.#matched === this.#literal.length) {
      this.#sink.bytes(this.#literal, 0, this.#literal.length);
      this.#finish();
    }
    return at + 1;
  }

  /** False when the byte is not allowed here. */
  #takeToken(byte: number): boolean {
    if (byte === QUOTE) return this.#begin('string', 'string');
    if (byte === 0x2c) return this.#grammar.comma();
    if (byte === 0x3a) return this.#grammar.colon();
    if (byte === 0x7b) return this.#open('object');
    if (byte === 0x7d) return this.#close('object');
    if (byte === 0x5b) return this.#open('array');
    if (byte === 0x5d) return this.#close('array');
    return this.#beginLiteral(byte);
  }

  #begin(mode: Mode, kind: ScalarKind): boolean {
    const role = this.#grammar.scalar(kind);
    if (role === undefined) return false;
    this.#mode = mode;
    this.#role = role;
    this.#sink.begin(role, this.#grammar.depth());
    return true;
  }

  #beginLiteral(byte: number): boolean {
    const found = LITERALS.get(byte);
    if (found === undefined) return false;
    this.#literal = found.text;
    this.#matched = 1;
    return this.#begin('literal', found.kind);
  }

  #finish(): void {
    this.#mode = 'structure';
    this.#sink.end(this.#role, this.#grammar.depth());
  }

  #open(kind: ContainerKind): boolean {
    if (!this.#grammar.open(kind)) return false;
    this.#sink.open(kind, this.#grammar.depth() - 1);
    return true;
  }

  #close(kind: ContainerKind): boolean {
    if (!this.#grammar.close(kind)) return false;
    this.#sink.close(kind, this.#grammar.depth());
    return true;
  }
}

/** The end of a run of bytes that stand for themselves. */
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
