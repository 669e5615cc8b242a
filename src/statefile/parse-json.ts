import { JsonScanner } from './json-scanner.ts';
import { createTreeBuilder, type JsonValue } from './json-tree.ts';

/** Parses a JSON text without any loss; undefined when it is not JSON, or is too deep. Pure. */
export function parseJsonTree(text: string): JsonValue | undefined {
  const tree = createTreeBuilder();
  const scanner = new JsonScanner(tree.sink);
  scanner.write(Buffer.from(text));
  return scanner.end().kind === 'complete' ? tree.value() : undefined;
}
