import { createHash } from 'node:crypto';
import { limitYoungSpaceIfLarge } from './limit-young-space.ts';

/** The results of one pass over a file's bytes. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  readonly sha256: Buffer;
}

/** Collects the facts while the bytes pass through, in constant memory (docs/design.md#streams-not-buffers). */
export function createFileHasher(): { write(chunk: Uint8Array): void; end(): FileFacts } {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  let size = 0;
  return {
    write(chunk) {
      size += chunk.length;
      limitYoungSpaceIfLarge(size);
      md5.update(chunk);
      sha256.update(chunk);
    },
    end: () => ({ size, md5: md5.digest('hex'), sha256: sha256.digest() }),
  };
}

/** A stage of a pipeline that passes all bytes on, and shows each chunk to `hasher`. */
export function passThrough(hasher: { write(chunk: Uint8Array): void }) {
  return async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of source) {
      hasher.write(chunk);
      yield chunk;
    }
  };
}
