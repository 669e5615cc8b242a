import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './disk.ts';
import { hashFile, watchedFile } from './snapshot.ts';

/** Terraform's name for it, in the folder it runs in. */
export const ERRORED_FILE = 'errored.tfstate';

/**
 * The state that a Terraform could not write where it belongs (docs/protocol.md#errored-state), if one did since `since`, in ms since the epoch. A date can
 * be given to any file, so what has the content `before`, in hex MD5, was there already. Throws when the disk refuses to tell.
 */
export async function findErroredState(
  workingDirectory: string,
  since: number,
  before: string | undefined,
): Promise<string | undefined> {
  const path = join(workingDirectory, ERRORED_FILE);
  try {
    const found = await lstat(path);
    if (!found.isFile() || found.mtimeMs < since) return undefined;
    return before !== undefined && (await hashFile(watchedFile(path))) === before ? undefined : path;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The hex MD5 of what lies there before the job's Terraform runs; undefined where there is nothing. Throws when the disk refuses to tell. */
export async function hashErroredState(workingDirectory: string): Promise<string | undefined> {
  const path = await findErroredState(workingDirectory, 0, undefined);
  return path === undefined ? undefined : await hashFile(watchedFile(path));
}
