import { createHash } from 'node:crypto';
import type { ContainerKind, Role } from './json-grammar.ts';

/** Hashes the content of JSON, not its layout: white space and escapes make no difference. */
export interface Fingerprinter {
  begin(role: Role): void;
  bytes(buffer: Buffer, from: number, to: number): void;
  text(text: string): void;
  open(kind: ContainerKind): void;
  close(kind: ContainerKind): void;
  /** The hash of everything since the last call. Starts over. */
  finish(): string;
}

const BUFFER_BYTES = 32 * 1024;
/** 96 bits in base64url: enough to make a collision among the resources of a state practically impossible. */
const SHORT_LENGTH = 16;
/** Up to this length, a loop is faster than Buffer.copy. */
const SHORT_PIECE = 48;
/** One byte before each token. None of them occurs in UTF-8, which keeps tokens apart. */
const MARKS = { key: 0xf5, string: 0xf6, number: 0xf7, boolean: 0xf8, null: 0xf9 } as const;
const OPENING = { object: 0xfa, array: 0xfb } as const;
const CLOSING = { object: 0xfc, array: 0xfd } as const;

export function createFingerprinter(): Fingerprinter {
  const buffer = Buffer.alloc(BUFFER_BYTES);
  let hash = createHash('sha256');
  let filled = 0;

  const flush = (): void => {
    if (filled > 0) hash.update(buffer.subarray(0, filled));
    filled = 0;
  };
  const mark = (byte: number): void => {
    if (filled === BUFFER_BYTES) flush();
    buffer[filled] = byte;
    filled += 1;
  };
  const bytes = (from: Buffer, start: number, end: number): void => {
    if (end - start > BUFFER_BYTES - filled) flush();
    if (end - start > BUFFER_BYTES) {
      hash.update(from.subarray(start, end));
      return;
    }
    if (end - start > SHORT_PIECE) {
      filled += from.copy(buffer, filled, start, end);
      return;
    }
    for (let at = start; at < end; at += 1) buffer[filled++] = from[at] ?? 0;
  };
  return {
    begin: (role) => mark(MARKS[role]),
    bytes,
    text(text) {
      const encoded = Buffer.from(text);
      bytes(encoded, 0, encoded.length);
    },
    open: (kind) => mark(OPENING[kind]),
    close: (kind) => mark(CLOSING[kind]),
    finish() {
      flush();
      const digest = hash.digest('base64url').slice(0, SHORT_LENGTH);
      hash = createHash('sha256');
      return digest;
    },
  };
}
