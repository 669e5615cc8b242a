import { open } from 'node:fs/promises';
import { createStateInspector, type StateInspection } from '../../statefile/inspect.ts';
import { createFileHasher, type FileFacts } from '../objects/file-facts.ts';
import { readChunks } from '../objects/read-chunks.ts';

/**
 * The chunk size of a stream of a state file, in bytes. With Node's 64 KiB, V8 allocates few objects, collects used
 * buffers late, and they accumulate (docs/design.md#streams-not-buffers).
 */
export const READ_CHUNK = 16 * 1024;

/** The results of one pass over a state's bytes. The digest item contains its MD5. */
export interface StateFacts extends FileFacts {
  readonly inspection: StateInspection;
}

/** Collects the facts while the bytes pass through, in constant memory (docs/design.md#streams-not-buffers). */
export function createStateHasher(): { write(chunk: Uint8Array): void; end(): StateFacts } {
  const hasher = createFileHasher();
  const inspector = createStateInspector();
  return {
    write(chunk) {
      hasher.write(chunk);
      inspector.write(chunk);
    },
    end: () => ({ ...hasher.end(), inspection: inspector.end() }),
  };
}

/** The facts of a local file; undefined when there is none. */
export async function hashAndInspectFile(path: string): Promise<StateFacts | undefined> {
  const hasher = createStateHasher();
  try {
    for await (const chunk of readChunks(await open(path))) hasher.write(chunk);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return hasher.end();
}
