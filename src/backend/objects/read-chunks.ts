import type { FileHandle } from 'node:fs/promises';

/** Bytes. Few reads of a large file, and little memory. */
const CHUNK = 256 * 1024;

/**
 * All bytes of an open file, which is closed afterwards. All chunks share one buffer: a chunk is valid only until the
 * next one is read. So reading a large file leaves no buffers for V8 to collect
 * (docs/design.md#streams-not-buffers). Errors: those of the disk.
 */
export async function* readChunks(file: FileHandle): AsyncGenerator<Uint8Array, void> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
