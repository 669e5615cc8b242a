import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * The certificate authorities of a PEM file, as text.
 *
 * @throws Error whose message says what is wrong with the file
 */
export function readCaBundle(path: string): string {
  const text = toText(path);
  try {
    new X509Certificate(text);
  } catch (cause) {
    throw new Error(`${path} contains no certificate in PEM format`, { cause });
  }
  return text;
}

function toText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new Error(`${path} can't be read (${code})`, { cause });
  }
}
