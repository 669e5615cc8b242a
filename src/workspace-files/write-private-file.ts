import { randomUUID } from 'node:crypto';
import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { locateInCheckout } from './checkout-path.ts';
import { entryAt } from './disk.ts';

/**
 * Writes a text to a file that only this user can read (0600), below one of these folders, and creates missing folders
 * on the way. Replaces an existing file atomically. Follows no link, neither the last one nor one that leads out of the
 * folders.
 *
 * Errors: the reason for a refusal, and errors of the disk.
 */
export async function writePrivateFile(path: string, roots: readonly string[], text: string): Promise<void> {
  if (!roots.some((root) => locateInCheckout(root, dirname(path)).kind === 'inside'))
    throw new Error("it leads out of this job's folders");
  await mkdir(dirname(path), { recursive: true });
  const folder = await realpath(dirname(path));
  const target = join(folder, basename(path));
  const { kind } = await entryAt(target);
  if (kind !== 'missing' && kind !== 'file')
    throw new Error(`a ${kind === 'other' ? 'special file' : kind} with this name already exists`);
  const draft = join(folder, `.${basename(path)}.${randomUUID()}`);
  try {
    await writeFile(draft, text, { flag: 'wx', mode: 0o600 });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
