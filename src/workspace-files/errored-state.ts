import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './disk.ts';
import { hashFile, watchedFile } from './snapshot.ts';

/** Terraform's name for this file, in the folder where Terraform runs. */
export const ERRORED_FILE = 'errored.tfstate';

/**
 * The state that Terraform could not write where it belongs (docs/protocol.md#errored-state), if it wrote one since
 * `since`, in ms since the epoch. File dates can be changed, so a file with the content `before`, in hex MD5, counts as
 * older. Throws when the disk fails.
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
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * The hex MD5 of the file before the job's Terraform runs; undefined when there is none. Throws when the disk fails.
 */
export async function hashErroredState(workingDirectory: string): Promise<string | undefined> {
  const path = await findErroredState(workingDirectory, 0, undefined);
  return path === undefined ? undefined : await hashFile(watchedFile(path));
}
