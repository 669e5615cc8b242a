import type { ContainerKind, Role } from './json-grammar.ts';
import type { JsonSink } from './json-scanner.ts';

/** Like a JsonSink, but the keys and scalars that it wants come as one text each. */
export interface TextSink extends JsonSink {
  wantsText(role: Role, depth: number): boolean;
  /** Replaces `begin`, `bytes` and `end`. Cut to `LONGEST_TEXT` bytes. */
  text(role: Role, text: string, depth: number): void;
}

/** Longer than any name, key or version that is wanted. It bounds the memory of one text. */
const LONGEST_TEXT = 64 * 1024;

/** Collects the texts that the sink wants. */
export function gatherTexts(sink: TextSink): JsonSink {
  const buffer = Buffer.alloc(LONGEST_TEXT);
  let filled = 0;
  let gathering = false;
  return {
    open: (kind: ContainerKind, depth) => sink.open(kind, depth),
    close: (kind: ContainerKind, depth) => sink.close(kind, depth),
    begin(role, depth) {
      gathering = sink.wantsText(role, depth);
      filled = 0;
      if (!gathering) sink.begin(role, depth);
    },
    bytes(bytes, from, to) {
      if (gathering) filled += bytes.copy(buffer, filled, from, to);
      else sink.bytes(bytes, from, to);
    },
    end(role, depth) {
      if (gathering) sink.text(role, buffer.toString('utf8', 0, filled), depth);
      else sink.end(role, depth);
    },
  };
}
