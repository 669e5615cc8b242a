import { createHash } from 'node:crypto';
import type { ScalarKind } from './json-grammar.ts';

const FLUSH_AT = 16 * 1024;
/** 96 bits in base64url: no two of any number of resources that fit in a state will meet by chance. */
const SHORT_LENGTH = 16;

/** Hashes JSON by what it says, not by how it is laid out: white space and escapes make no difference. */
export interface Fingerprinter {
  key(name: string): void;
  scalar(kind: ScalarKind, text: string): void;
  mark(bracket: string): void;
  /** The hash so far; the fingerprinter can't be used afterwards. */
  finish(): string;
}

export function createFingerprinter(): Fingerprinter {
  const hash = createHash('sha256');
  let text = '';
  const add = (piece: string): void => {
    text += piece;
    if (text.length < FLUSH_AT) return;
    hash.update(text);
    text = '';
  };
  return {
    key: (name) => add(`k${name.length}:${name}`),
    scalar: (kind, value) => add(`${kind[0]}${kind[2]}${value.length}:${value}`),
    mark: add,
    finish: () => hash.update(text).digest('base64url').slice(0, SHORT_LENGTH),
  };
}
