import { JsonScanner } from './json-scanner.ts';
import { createTreeBuilder, type JsonValue } from './json-tree.ts';

/** Parses a JSON text and loses nothing; undefined where it is none, or one that is too deep. Pure. */
export function parseJsonTree(text: string): JsonValue | undefined {
  const tree = createTreeBuilder();
  const scanner = new JsonScanner(tree.sink);
  scanner.write(Buffer.from(text));
  return scanner.end().kind === 'complete' ? tree.value() : undefined;
}
