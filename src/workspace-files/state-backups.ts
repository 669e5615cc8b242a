import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import { hasCode, isMissing } from './disk.ts';

/** Where the local backend keeps workspaces by default. */
const WORKSPACES = 'terraform.tfstate.d';
/** `terraform state rm` and similar commands name a backup after the second, in UTC, in which they make it. */
const BACKUP = /^terraform\.tfstate\.(\d+)\.backup$/;

/**
 * `terraform state rm` and similar commands put a backup where the local backend keeps its state by default, whatever
 * its paths are. They fail when that folder does not exist. Throws when the disk fails.
 */
export async function makeBackupFolder(workingDirectory: string, workspace: string): Promise<void> {
  if (workspace === DEFAULT_WORKSPACE) return;
  await mkdir(join(workingDirectory, WORKSPACES, workspace), { recursive: true });
}

/**
 * Removes these backups, which contain the state, and their folder. `since` in ms since the epoch. Throws when the disk
 * fails.
 */
export async function removeStateBackups(
  workingDirectory: string,
  workspace: string,
  since: number,
): Promise<void> {
  const isNamed = workspace !== DEFAULT_WORKSPACE;
  const workspaces = join(workingDirectory, WORKSPACES);
  const folder = isNamed ? join(workspaces, workspace) : workingDirectory;
  for (const name of await namesIn(folder)) {
    const second = BACKUP.exec(name)?.[1];
    if (second !== undefined && (Number(second) + 1) * 1000 > since)
      await rm(join(folder, name), { force: true });
  }
  if (!isNamed) return;
  await removeIfEmpty(folder);
  await removeIfEmpty(workspaces);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].some((code) => hasCode(error, code))) throw error;
  }
}
