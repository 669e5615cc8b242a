import type { Fingerprinter } from './fingerprint.ts';
import type { TextSink } from './text-sink.ts';

export interface LenientHasher extends Omit<TextSink, 'wantsText'> {
  /** The key of a member that may be omitted when its value, which follows, is empty. */
  optionalKey(name: string): void;
}

/** A member that has had only empty values so far. */
interface HeldText {
  readonly name: string;
  readonly value: 'string' | 'object' | 'array' | undefined;
}

const EMPTY_TEXTS: ReadonlySet<string> = new Set(['null', 'false', '0']);

/**
 * Sends JSON to the current fingerprinter, except for optional members with an empty value (`null`, `false`, `0`, `""`,
 * `[]`, `{}`). Newer releases of Terraform add such members to every resource, and write them without a higher serial.
 */
export function createLenientHasher(current: () => Fingerprinter): LenientHasher {
  let held: HeldText | undefined;

  const release = (): void => {
    if (held === undefined) return;
    const { name, value } = held;
    held = undefined;
    current().begin('key');
    current().text(name);
    if (value === 'string') current().begin('string');
    else if (value !== undefined) current().open(value);
  };
  const hold = (value: HeldText['value']): boolean => {
    if (held === undefined || held.value !== undefined) return false;
    held = { ...held, value };
    return true;
  };
  return {
    optionalKey(name) {
      held = { name, value: undefined };
    },
    text(role, text) {
      const isEmpty = role === 'string' ? text === '' : EMPTY_TEXTS.has(text);
      if (held !== undefined && held.value === undefined && isEmpty) {
        held = undefined;
        return;
      }
      release();
      current().begin(role);
      current().text(text);
    },
    begin(role) {
      if (role === 'string' && hold('string')) return;
      release();
      current().begin(role);
    },
    bytes(buffer, from, to) {
      release();
      current().bytes(buffer, from, to);
    },
    end() {
      held = undefined;
    },
    open(kind) {
      if (hold(kind)) return;
      release();
      current().open(kind);
    },
    close(kind) {
      if (held === undefined) current().close(kind);
      held = undefined;
    },
  };
}
