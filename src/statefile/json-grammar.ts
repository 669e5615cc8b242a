export type ContainerKind = 'object' | 'array';
export type ScalarKind = 'string' | 'number' | 'boolean' | 'null';
/** The role of a token that isn't punctuation. */
export type Role = 'key' | ScalarKind;

/** Decides what may follow (RFC 8259). Each method takes one token and returns false when it can't come here. */
export interface Grammar {
  open(kind: ContainerKind): boolean;
  close(kind: ContainerKind): boolean;
  comma(): boolean;
  colon(): boolean;
  /** The role of a scalar that begins here, or undefined when none may. */
  scalar(kind: ScalarKind): Role | undefined;
  /** The number of open containers. */
  depth(): number;
  isComplete(): boolean;
}

type Expected = 'value' | 'value_or_end' | 'key' | 'key_or_end' | 'colon' | 'comma_or_end' | 'nothing';

/** The limit of Go's encoding/json, which Terraform uses. It also bounds the cost of a hostile text. */
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
