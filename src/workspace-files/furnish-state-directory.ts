import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import { entryAt } from './disk.ts';
import { makeNoticeState } from './notice-state.ts';
import { blockerPath, gatePath, markerPath, statePathFor, workspacesPath } from './state-directory.ts';

const READ_ONLY = 0o500;

/**
 * Creates what the local backend needs besides the state: the held workspace's folder, and what blocks all others.
 * `isPlain`: there is a state, and OpenTofu does not encrypt it. An OpenTofu that does would refuse to read a plain one.
 */
export async function furnishStateDirectory(
  path: string,
  workspace: string,
  isPlain: boolean,
): Promise<void> {
  await mkdir(dirname(statePathFor(path, workspace)), { recursive: true, mode: 0o700 });
  if (workspace !== DEFAULT_WORKSPACE) await closeToOthers(workspacesPath(path, workspace));
  await mkdir(gatePath(path), { recursive: true, mode: 0o700 });
  await block(path, workspace, isPlain);
  await writeFile(markerPath(path), '', { mode: 0o600 });
}

async function block(path: string, workspace: string, isPlain: boolean): Promise<void> {
  const blocker = blockerPath(path, workspace);
  if ((await entryAt(blocker)).kind === 'directory') await chmod(blocker, 0o700);
  await rm(blocker, { recursive: true, force: true });
  if (isPlain && workspace !== DEFAULT_WORKSPACE) return await makeNoticeState(path, workspace);
  // A link to nowhere: `terraform init` finds no state there and succeeds, but nothing can be created there. A file
  // would make it fail, and a folder would allow other workspaces.
  await linkToNowhere(`${blocker}-and-no-other`, blocker);
}

/**
 * Terraform creates the folder of a named workspace before it reads or writes anything in it. Root can do so anyway. So
 * can everybody on Windows, where a read-only folder would only be harder to remove.
 */
async function closeToOthers(workspaces: string): Promise<void> {
  if (process.platform !== 'win32') await chmod(workspaces, READ_ONLY);
}

/** On Windows a junction, which needs no rights; a symbolic link if the file system has no junctions (Wine's). */
async function linkToNowhere(target: string, path: string): Promise<void> {
  try {
    await symlink(target, path, 'junction');
  } catch (error) {
    if (process.platform !== 'win32') throw error;
    await symlink(target, path, 'dir');
  }
}
