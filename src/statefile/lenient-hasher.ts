import type { Fingerprinter } from './fingerprint.ts';
import type { ContainerKind, JsonSink } from './json-grammar.ts';

interface HeldMember {
  readonly name: string;
  readonly container: ContainerKind | undefined;
}

const EMPTY_SCALARS: ReadonlySet<string> = new Set(['null', 'false', '0', '']);
const OPENING = { object: '{', array: '[' } as const;
const CLOSING = { object: '}', array: ']' } as const;

/**
 * Sends JSON to the fingerprinter that is current, but for members with an empty value (`null`, `false`, `0`,
 * `""`, `[]`, `{}`) where `isOptional` says so. Newer releases of Terraform add such members to every resource, and
 * write them without raising the serial.
 */
export function createLenientHasher(
  current: () => Fingerprinter,
  isOptional: (name: string, depth: number) => boolean,
): JsonSink {
  let held: HeldMember | undefined;

  const release = (): void => {
    if (held === undefined) return;
    current().key(held.name);
    if (held.container !== undefined) current().mark(OPENING[held.container]);
    held = undefined;
  };
  return {
    key(name, depth) {
      release();
      if (isOptional(name, depth)) held = { name, container: undefined };
      else current().key(name);
    },
    scalar(kind, text) {
      if (held !== undefined && held.container === undefined && EMPTY_SCALARS.has(text)) {
        held = undefined;
        return;
      }
      release();
      current().scalar(kind, text);
    },
    open(kind) {
      if (held !== undefined && held.container === undefined) {
        held = { ...held, container: kind };
        return;
      }
      release();
      current().mark(OPENING[kind]);
    },
    close(kind) {
      if (held === undefined) current().mark(CLOSING[kind]);
      held = undefined;
    },
  };
}
