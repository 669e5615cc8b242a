import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { entryAt, isDirectory } from './disk.ts';
import { LINK, statePathFor } from './job-state.ts';
import { overrideOwner, overridePath, removeOverride, writeOverride } from './override-file.ts';
import { previousBackendNotice } from './previous-backend.ts';

export { findOtherStates, type JobStateLocation, locateJobState, statePathFor } from './job-state.ts';

export interface PreparedDirectory {
  /** Absolute: where the pulled file has to be. */
  readonly statePath: string;
  readonly notices: readonly string[];
}

/**
 * What stands in the way of using the directory; each entry names a path and the fix. Changes nothing.
 * What a crash left is no problem, what another use still holds is one.
 */
export async function checkWorkingDirectory(directory: string): Promise<string[]> {
  const entry = await isDirectory(directory);
  if (!entry) return [`${directory} is not a directory: check out the repository first, or correct the path`];
  const problems = [await overrideProblem(directory), await linkProblem(directory)];
  // One use of the action that still holds the directory shows in both places.
  return [...new Set(problems.filter((problem) => problem !== undefined))];
}

/**
 * Makes Terraform in the directory use the pulled state: an override file with a local backend, whose path leads
 * through a link to the private directory. Throws what `checkWorkingDirectory` finds, and when the disk refuses.
 */
export async function prepareWorkingDirectory({
  workingDirectory,
  privateDirectory,
  workspace,
  env,
}: {
  readonly workingDirectory: string;
  readonly privateDirectory: string;
  readonly workspace: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<PreparedDirectory> {
  const problems = await checkWorkingDirectory(workingDirectory);
  if (problems.length > 0) throw new Error(`working_directory can't be used: ${problems.join('; ')}`);
  const statePath = statePathFor(privateDirectory, workspace);
  await mkdir(dirname(statePath), { recursive: true, mode: 0o700 });
  await link(workingDirectory, privateDirectory);
  await removeOverride(workingDirectory);
  await writeOverride(workingDirectory, privateDirectory);
  const notice = await previousBackendNotice(workingDirectory, env.TF_DATA_DIR);
  return { statePath, notices: notice === undefined ? [] : [notice] };
}

/**
 * Removes what `prepareWorkingDirectory` made, as far as it is still there and still ours. Safe to run twice.
 * Throws nothing: what stays is a warning each.
 */
export async function restoreWorkingDirectory({
  workingDirectory,
  privateDirectory,
}: {
  readonly workingDirectory: string;
  readonly privateDirectory: string;
}): Promise<string[]> {
  const steps = [restoreOverride, restoreLink];
  const warnings = await Promise.all(
    steps.map(async (step) => {
      try {
        return await step(workingDirectory, privateDirectory);
      } catch (error) {
        return `${workingDirectory} could not be restored: ${error instanceof Error ? error.message : error}`;
      }
    }),
  );
  return warnings.filter((warning) => warning !== undefined);
}

async function overrideProblem(directory: string): Promise<string | undefined> {
  const owner = await overrideOwner(directory);
  const path = overridePath(directory);
  if (owner.kind === 'foreign') {
    return `${path} is in the way: this action needs that name for a file of its own; rename or remove it`;
  }
  if (owner.kind === 'ours' && (await isDirectory(owner.privateDirectory))) return held(directory);
  return undefined;
}

async function linkProblem(directory: string): Promise<string | undefined> {
  const path = join(directory, LINK);
  const parent = await entryAt(dirname(path));
  if (parent.kind !== 'missing' && !(await isDirectory(dirname(path)))) {
    return `${dirname(path)} is in the way: Terraform needs a directory of that name; rename or remove it`;
  }
  const entry = await entryAt(path);
  if (entry.kind === 'missing') return undefined;
  if (entry.kind === 'link')
    return (await entryAt(entry.target)).kind === 'missing' ? undefined : held(directory);
  return `${path} is in the way, and may hold a state that an earlier job left: look at it, then rename or remove it`;
}

function held(directory: string): string {
  return `${directory} is in use by another step of this action, whose lock is still held: give each its own directory, or, if that step belongs to a job that was killed, remove ${overridePath(directory)} and ${join(directory, LINK)}`;
}

async function link(workingDirectory: string, privateDirectory: string): Promise<void> {
  const path = join(workingDirectory, LINK);
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  // Windows lets everyone make a junction, but only administrators a symbolic link.
  await symlink(resolve(privateDirectory), path, 'junction');
}

async function restoreOverride(
  workingDirectory: string,
  privateDirectory: string,
): Promise<string | undefined> {
  const owner = await overrideOwner(workingDirectory);
  if (owner.kind === 'nobody') return undefined;
  if (owner.kind === 'ours' && (await isEnded(owner.privateDirectory, privateDirectory))) {
    await removeOverride(workingDirectory);
    return undefined;
  }
  return `${overridePath(workingDirectory)} is not this step's any more and stays.`;
}

async function restoreLink(workingDirectory: string, privateDirectory: string): Promise<string | undefined> {
  const path = join(workingDirectory, LINK);
  const entry = await entryAt(path);
  if (entry.kind === 'missing') return undefined;
  if (entry.kind === 'link' && (await isEnded(entry.target, privateDirectory))) {
    await rm(path, { force: true });
    return undefined;
  }
  if (entry.kind === 'directory' && !(await holdsState(path))) {
    await rm(path, { recursive: true, force: true });
    return undefined;
  }
  return `${path} is not this step's link any more and stays; it may hold a state.`;
}

/** Ours, or left by a crash. */
async function isEnded(owner: string, privateDirectory: string): Promise<boolean> {
  return resolve(owner) === resolve(privateDirectory) || !(await isDirectory(owner));
}

/** Backups and lock files of a state that was taken over are no loss. */
async function holdsState(directory: string): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true });
  return entries.some((entry) => entry.endsWith('.tfstate'));
}
