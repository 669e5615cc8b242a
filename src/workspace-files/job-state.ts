import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DEFAULT_WORKSPACE } from '../backend/address.ts';
import { entryAt, hasCode } from './disk.ts';

/** The private directory, as Terraform sees it from the working directory. */
export const LINK = join('.terraform', 's3-state');

const STATE_FILE = 'terraform.tfstate';
const WORKSPACES = 'workspaces';

/** Where the local backend has the state of a workspace: below the private directory, as below the link to it. */
export function statePathFor(privateDirectory: string, workspace: string): string {
  if (workspace === DEFAULT_WORKSPACE) return join(privateDirectory, STATE_FILE);
  return join(privateDirectory, WORKSPACES, workspace, STATE_FILE);
}

export interface JobStateLocation {
  /** There need not be a file. */
  readonly path: string;
  readonly notice: string | undefined;
}

/**
 * Where post finds the job's state. A job that removed `.terraform`, and with it the link, and went on with
 * Terraform has left its state in a real directory of that name. It is moved to the private directory, and the file
 * that was there stays beside it: nothing is ever lost (docs/design.md#push-is-a-compare-and-swap). Throws when the disk refuses.
 */
export async function locateJobState({
  workingDirectory,
  privateDirectory,
  workspace,
}: {
  readonly workingDirectory: string | undefined;
  readonly privateDirectory: string;
  readonly workspace: string;
}): Promise<JobStateLocation> {
  const path = statePathFor(privateDirectory, workspace);
  if (workingDirectory === undefined) return { path, notice: undefined };
  const link = join(workingDirectory, LINK);
  const stray = statePathFor(link, workspace);
  if ((await entryAt(link)).kind !== 'directory' || !(await isFilledFile(stray))) {
    return { path, notice: undefined };
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if ((await entryAt(path)).kind === 'file') await rename(path, `${path}.pulled`);
  await move(stray, path);
  return {
    path,
    notice: `The job removed ${link}, the link to the pulled state. What its Terraform wrote there since is taken as the job's state.`,
  };
}

/** Filled state files of other workspaces than the one at `held`: a step used Terraform in a workspace nobody holds. */
export async function findOtherStates(privateDirectory: string, held: string): Promise<string[]> {
  const entries = await readdir(privateDirectory, { recursive: true });
  const paths = entries
    .filter((entry) => entry.endsWith(STATE_FILE))
    .map((entry) => join(privateDirectory, entry));
  const filled = await Promise.all(paths.map(isFilledFile));
  return paths.filter((path, i) => path !== held && filled[i]).sort();
}

async function isFilledFile(path: string): Promise<boolean> {
  const entry = await entryAt(path);
  return entry.kind === 'file' && entry.size > 0;
}

/** The runner's temporary directory may be on another disk. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error;
    await copyFile(from, to);
    await rm(from);
  }
}
