import type { Dirent } from 'node:fs';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './disk.ts';

// In a larger checkout, the search ends here.
const MOST_ENTRIES = 200_000;
/** Of what Terraform writes, and of what OpenTofu writes with encryption. */
const BEGINNINGS = [
  /^\{\s*"version":\s*4,\s*"terraform_version":/,
  /^\{"serial":\d+,"lineage":"[^"]*","meta":\{/,
];
const BEGINNING_BYTES = 256;
const STATE_ENDING = '.tfstate';
const SKIPPED = new Set(['.git', 'node_modules', 'providers']);

/**
 * The state files below a folder that were written since `since`, in ms since the epoch. In the folder `module`, where
 * Terraform runs and `-state-out` writes, their names don't matter. Does not follow links. Throws when the disk fails,
 * but skips unreadable folders.
 */
export async function findStateFiles(root: string, module: string, since: number): Promise<string[]> {
  const found: string[] = [];
  const folders = [root];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined && seen < MOST_ENTRIES; folder = folders.pop()) {
    const entries = await listEntries(folder);
    seen += entries.length;
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path);
      const isFile = entry.isFile() && mayBeState(entry.name, folder === module);
      if (isFile && (await isWrittenSince(path, since)) && (await isState(path))) found.push(path);
    }
  }
  return found.sort();
}

function mayBeState(name: string, isInModule: boolean): boolean {
  return isInModule || name.endsWith(STATE_ENDING);
}

/** By its name, or by how every state begins. */
async function isState(path: string): Promise<boolean> {
  if (path.endsWith(STATE_ENDING)) return true;
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    const text = buffer.toString('utf8', 0, bytesRead);
    return BEGINNINGS.some((beginning) => beginning.test(text));
  } finally {
    await file.close();
  }
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
