import { createReadStream } from 'node:fs';
import { createStateInspector, type StateInspection } from '../../statefile/inspect.ts';
import { createFileHasher, type FileFacts } from '../objects/file-facts.ts';

/**
 * How a state file is read, in bytes. With Node's 64 KiB so few objects are made on the way that V8 is slow to collect the used buffers,
 * and they pile up (docs/design.md#streams-not-buffers).
 */
export const READ_CHUNK = 16 * 1024;

/** What one pass over the bytes of a state tells; the digest item has its MD5. */
export interface StateFacts extends FileFacts {
  readonly inspection: StateInspection;
}

/** Collects the facts while the bytes go by, in constant memory (docs/design.md#streams-not-buffers). */
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
    for await (const chunk of createReadStream(path, { highWaterMark: READ_CHUNK })) hasher.write(chunk);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return hasher.end();
}
