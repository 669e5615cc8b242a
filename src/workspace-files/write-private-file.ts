import { randomUUID } from 'node:crypto';
import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { locateInCheckout } from './checkout-path.ts';
import { entryAt } from './disk.ts';

/**
 * Writes a text for this user alone to read (0600), below one of these folders, with what is missing of the way. A file that is there is
 * replaced at once and whole; no link is followed, neither the last nor one that leads out of the folders.
 * Errors: why not, and what the disk says.
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
