import { TokenType } from '@streamparser/json';

export type ContainerKind = 'object' | 'array';
export type ScalarKind = 'string' | 'number' | 'boolean' | 'null';

/** Told of what goes by. `depth` is the number of containers around the thing told. */
export interface JsonSink {
  open(kind: ContainerKind, depth: number): void;
  close(kind: ContainerKind, depth: number): void;
  key(name: string, depth: number): void;
  /** `text` is a string's value, a number's source text, or `true`, `false`, `null`. */
  scalar(kind: ScalarKind, text: string, depth: number): void;
}

export interface Grammar {
  /** False when the token can't follow the ones before it, or nests deeper than Terraform reads. */
  accept(token: TokenType, text: string): boolean;
  isComplete(): boolean;
  isUntouched(): boolean;
}

type Expected = 'value' | 'value_or_end' | 'key' | 'key_or_end' | 'colon' | 'comma_or_end' | 'nothing';

/** Go's encoding/json, which Terraform reads with, goes no deeper; it also bounds what a hostile text can cost. */
const MAX_DEPTH = 10_000;

const SCALARS: ReadonlyMap<TokenType, ScalarKind> = new Map([
  [TokenType.STRING, 'string'],
  [TokenType.NUMBER, 'number'],
  [TokenType.TRUE, 'boolean'],
  [TokenType.FALSE, 'boolean'],
  [TokenType.NULL, 'null'],
]);

/** Decides which JSON token may follow which (RFC 8259) and tells the sink what they make up. */
export function createGrammar(sink: JsonSink): Grammar {
  const open: ContainerKind[] = [];
  let expected: Expected = 'value';
  let untouched = true;

  const afterValue = (): true => {
    expected = open.length === 0 ? 'nothing' : 'comma_or_end';
    return true;
  };
  const start = (kind: ContainerKind): boolean => {
    if ((expected !== 'value' && expected !== 'value_or_end') || open.length >= MAX_DEPTH) return false;
    sink.open(kind, open.length);
    open.push(kind);
    expected = kind === 'object' ? 'key_or_end' : 'value_or_end';
    return true;
  };
  const finish = (kind: ContainerKind): boolean => {
    const empty = kind === 'object' ? 'key_or_end' : 'value_or_end';
    if (open.at(-1) !== kind || (expected !== empty && expected !== 'comma_or_end')) return false;
    open.pop();
    sink.close(kind, open.length);
    return afterValue();
  };
  const comma = (): boolean => {
    if (expected !== 'comma_or_end') return false;
    expected = open.at(-1) === 'object' ? 'key' : 'value';
    return true;
  };
  const colon = (): boolean => {
    if (expected !== 'colon') return false;
    expected = 'value';
    return true;
  };
  const scalar = (token: TokenType, text: string): boolean => {
    const kind = SCALARS.get(token);
    if (kind === undefined) return false;
    if (kind === 'string' && (expected === 'key' || expected === 'key_or_end')) {
      sink.key(text, open.length);
      expected = 'colon';
      return true;
    }
    if (expected !== 'value' && expected !== 'value_or_end') return false;
    sink.scalar(kind, text, open.length);
    return afterValue();
  };
  const accept = (token: TokenType, text: string): boolean => {
    untouched = false;
    if (token === TokenType.COMMA) return comma();
    if (token === TokenType.COLON) return colon();
    if (token === TokenType.LEFT_BRACE) return start('object');
    if (token === TokenType.RIGHT_BRACE) return finish('object');
    if (token === TokenType.LEFT_BRACKET) return start('array');
    if (token === TokenType.RIGHT_BRACKET) return finish('array');
    return scalar(token, text);
  };
  return { accept, isComplete: () => expected === 'nothing', isUntouched: () => untouched };
}
