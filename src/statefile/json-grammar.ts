export type ContainerKind = 'object' | 'array';
export type ScalarKind = 'string' | 'number' | 'boolean' | 'null';
/** What a token that isn't punctuation is. */
export type Role = 'key' | ScalarKind;

/** Tells what may follow (RFC 8259). Each method takes a token in and is false when that can't come here. */
export interface Grammar {
  open(kind: ContainerKind): boolean;
  close(kind: ContainerKind): boolean;
  comma(): boolean;
  colon(): boolean;
  /** The role of a scalar that begins here, undefined when none may. */
  scalar(kind: ScalarKind): Role | undefined;
  /** How many containers are open. */
  depth(): number;
  isComplete(): boolean;
}

type Expected = 'value' | 'value_or_end' | 'key' | 'key_or_end' | 'colon' | 'comma_or_end' | 'nothing';

/** Go's encoding/json, which Terraform reads with, goes no deeper; it also bounds what a hostile text can cost. */
const MAX_DEPTH = 10_000;

export function createGrammar(): Grammar {
  const containers: ContainerKind[] = [];
  let expected: Expected = 'value';

  const move = (from: Expected, to: Expected): boolean => {
    if (expected !== from) return false;
    expected = to;
    return true;
  };
  const endValue = (): void => {
    expected = containers.length === 0 ? 'nothing' : 'comma_or_end';
  };
  const wantsValue = (): boolean => expected === 'value' || expected === 'value_or_end';
  const wantsKey = (): boolean => expected === 'key' || expected === 'key_or_end';
  return {
    open(kind) {
      if (!wantsValue() || containers.length >= MAX_DEPTH) return false;
      containers.push(kind);
      expected = kind === 'object' ? 'key_or_end' : 'value_or_end';
      return true;
    },
    close(kind) {
      const whenEmpty = kind === 'object' ? 'key_or_end' : 'value_or_end';
      if (containers.at(-1) !== kind || (expected !== whenEmpty && expected !== 'comma_or_end')) return false;
      containers.pop();
      endValue();
      return true;
    },
    comma: () => move('comma_or_end', containers.at(-1) === 'object' ? 'key' : 'value'),
    colon: () => move('colon', 'value'),
    scalar(kind) {
      if (kind === 'string' && wantsKey()) {
        expected = 'colon';
        return 'key';
      }
      if (!wantsValue()) return undefined;
      endValue();
      return kind;
    },
    depth: () => containers.length,
    isComplete: () => expected === 'nothing',
  };
}
