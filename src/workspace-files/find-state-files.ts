import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './disk.ts';

// In a larger checkout, the search ends here.
const MOST_ENTRIES = 200_000;
const SKIPPED = new Set(['.git', 'node_modules', 'providers']);

/**
 * The state files below a folder that were written since `since`, in ms since the epoch. Does not follow links. Throws
 * when the disk fails, but skips unreadable folders.
 */
export async function findStateFiles(root: string, since: number): Promise<string[]> {
  const found: string[] = [];
  const folders = [root];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined && seen < MOST_ENTRIES; folder = folders.pop()) {
    const entries = await listEntries(folder);
    seen += entries.length;
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path);
      if (entry.isFile() && entry.name.endsWith('.tfstate') && (await isWrittenSince(path, since)))
        found.push(path);
    }
  }
  return found.sort();
}

async function listEntries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].some((code) => hasCode(error, code))) return [];
    throw error;
  }
}

async function isWrittenSince(path: string, since: number): Promise<boolean> {
  try {
    const { mtimeMs, size } = await lstat(path);
    return size > 0 && mtimeMs >= since;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
