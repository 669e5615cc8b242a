import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import { entryAt, hasCode } from './disk.ts';
import { isNotice, noticePath } from './notice-state.ts';
import { workspacesPath } from './state-directory.ts';

/**
 * Non-empty state files below the directory of `workspace` other than the one at `held`: a step used Terraform in a
 * workspace that the job does not hold.
 */
export async function findOtherStates(
  stateDirectory: string,
  workspace: string,
  held: string | undefined,
): Promise<string[]> {
  const entries = await readdir(stateDirectory, { recursive: true });
  const paths = entries
    .filter((entry) => entry.endsWith('.tfstate'))
    .map((entry) => join(stateDirectory, entry));
  const filled = await Promise.all(paths.map(isFilledFile));
  const notice = noticePath(stateDirectory, workspace);
  const isOurs = await isNotice(notice, workspace);
  return paths.filter((path, i) => path !== held && filled[i] && !(isOurs && path === notice)).sort();
}

/**
 * The workspaces that are not held, in which a step used Terraform all the same: only root can, or anybody on Windows,
 * and reads an empty state there. Throws when the disk fails.
 */
export async function findUnheldWorkspaces(stateDirectory: string, held: string): Promise<string[]> {
  if (held === DEFAULT_WORKSPACE) return [];
  try {
    const names = await readdir(workspacesPath(stateDirectory, held));
    return names.filter((name) => name !== held).sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function isFilledFile(path: string): Promise<boolean> {
  const entry = await entryAt(path);
  return entry.kind === 'file' && entry.size > 0;
}
