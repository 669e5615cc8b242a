import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './disk.ts';

/**
 * Removes a state directory at any path, including read-only folders in it. It may already be gone. Throws errors of
 * the disk.
 */
export async function removeDirectory(path: string): Promise<void> {
  for (const folder of await foldersIn(path)) await chmod(folder, 0o700);
  await rm(path, { recursive: true, force: true });
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
