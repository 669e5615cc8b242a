import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** What is at a path itself, without following a link. */
export type Entry =
  | { readonly kind: 'missing' }
  | { readonly kind: 'file'; readonly size: number }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'other' };

/** Checks without following links. Throws when the disk fails. */
export async function entryAt(path: string): Promise<Entry> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return { kind: 'link', target: resolve(dirname(path), await readlink(path)) };
    if (found.isDirectory()) return { kind: 'directory' };
    return found.isFile() ? { kind: 'file', size: found.size } : { kind: 'other' };
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' };
    throw error;
  }
}

/** Whether there is a directory, possibly behind a link. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Whether an error of the disk says that nothing is at the path. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
