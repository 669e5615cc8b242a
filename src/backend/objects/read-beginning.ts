import type { Readable } from 'node:stream';

/**
 * The beginning of a body, at most `most` bytes, because anybody may have stored anything there. Throws what the stream
 * throws.
 */
export async function readBeginning(body: Readable, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop closes the stream.
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('the S3 client returned no bytes');
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= most) break;
  }
  return Buffer.concat(chunks).subarray(0, most);
}
