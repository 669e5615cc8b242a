import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './disk.ts';

/** Terraform's name for it, in the folder it runs in. */
export const ERRORED_FILE = 'errored.tfstate';

/**
 * The state that a Terraform could not write where it belongs (docs/protocol.md#errored-state), if one did since `since`, in ms since the epoch. Throws when the
 * disk refuses to tell.
 */
export async function findErroredState(workingDirectory: string, since: number): Promise<string | undefined> {
  const path = join(workingDirectory, ERRORED_FILE);
  try {
    const found = await lstat(path);
    return found.isFile() && found.mtimeMs >= since ? path : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}
