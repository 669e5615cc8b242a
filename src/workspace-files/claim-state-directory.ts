import { lstat, mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toMessage } from '../text/error-message.ts';
import { entryAt, hasCode, isDirectory } from './disk.ts';
import type { FileWarning } from './file-warning.ts';
import { furnishStateDirectory } from './furnish-state-directory.ts';
import { removeDirectory } from './remove-directory.ts';
import { pulledPath, statePathFor } from './state-directory.ts';
import {
  isOwnedBy,
  readOwner,
  type StateDirectoryOwner,
  tryWriteOwner,
  writeOwner,
} from './state-directory-owner.ts';
import { WorkspaceError } from './workspace-error.ts';

/** A state directory of another job, moved out of the way. */
export interface LeftStateDirectory {
  readonly path: string;
  /** Undefined when unknown. */
  readonly owner: StateDirectoryOwner | undefined;
}

const ATTEMPTS = 5;

/** The problem with the directory, with the fix; undefined when there is none. Changes nothing. */
export async function stateDirectoryProblem(path: string): Promise<string | undefined> {
  const parent = dirname(path);
  try {
    const found = await lstat(path);
    const uid = process.getuid?.();
    if (found.isDirectory() && (uid === undefined || found.uid === uid)) return undefined;
    const what = found.isDirectory() ? `belongs to another user (id ${found.uid})` : 'is not a directory';
    return `${path}, where the action puts this state for the job's Terraform, ${what}: remove it, or run all runners of this machine as one user`;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) return `${path} can't be checked: ${toMessage(error)}`;
    return (await isDirectory(parent)) ? undefined : `${parent} is not a directory: this action needs it`;
  }
}

/**
 * Creates the directory for the lock's holder. Anything that another job left there is moved beside it and returned,
 * because it may contain a state that exists nowhere else. Throws when the disk fails.
 */
export async function claimStateDirectory(
  path: string,
  owner: StateDirectoryOwner,
): Promise<LeftStateDirectory[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if ((await tryMake(path)) && (await tryWriteOwner(path, owner))) return await leftBeside(path);
    if ((await entryAt(path)).kind === 'missing') continue;
    const problem = await stateDirectoryProblem(path);
    if (problem !== undefined) throw new WorkspaceError({ kind: 'state_directory', fix: problem });
    if (isOwnedBy(path, owner.privateDirectory)) return await leftBeside(path);
    await moveAside(path, toLeftPath(path, readOwner(path)?.privateDirectory));
  }
  throw new WorkspaceError({ kind: 'contested', path });
}

/**
 * The same without a lock: takes the directory only if nobody has it. Returns the path of the directory. If another job
 * has the shared one, this is one of the job's own.
 */
export async function claimWithoutLock(path: string, owner: StateDirectoryOwner): Promise<string> {
  const before = readOwner(path);
  if (before !== undefined && !before.isLocked && before.pulledMd5 === undefined)
    await removeIfDead(path, before);
  const made = (await tryMake(path)) ? path : await mkdtemp(`${path}.`);
  await writeOwner(made, owner);
  return made;
}

async function removeIfDead(path: string, { privateDirectory }: StateDirectoryOwner): Promise<void> {
  if (!(await isDirectory(privateDirectory))) await removeStateDirectory(path, privateDirectory);
}

/** What the action puts into a state directory for the job's Terraform. */
export interface PulledState {
  readonly workspace: string;
  /** False when there is no state yet. */
  readonly isThere: boolean;
  /** Whether OpenTofu encrypted it. */
  readonly isEncrypted: boolean;
}

/**
 * Makes the state at `pulledPath` the one that Terraform finds, and records the directory's owner. False, with nothing
 * changed, when another job has taken the lock and the directory in the meantime.
 */
export async function installPulledState(
  path: string,
  owner: StateDirectoryOwner,
  { workspace, isThere, isEncrypted }: PulledState,
): Promise<boolean> {
  if (!isOwnedBy(path, owner.privateDirectory)) return false;
  await furnishStateDirectory(path, workspace, isThere && !isEncrypted);
  // If the directory has been replaced since that check, it contains nothing with this name.
  const pulled = pulledPath(path, owner.privateDirectory);
  const statePath = statePathFor(path, workspace);
  if (isThere ? !(await tryRename(pulled, statePath)) : !(await clearStatePath(path, statePath)))
    return false;
  await writeOwner(path, owner);
  return true;
}

/**
 * When there is no state yet, no other state may be there: a program of the job that had the directory before may still
 * write to the path. What it wrote is moved to where the next job checks. False when the directory is gone.
 */
async function clearStatePath(path: string, statePath: string): Promise<boolean> {
  if ((await entryAt(statePath)).kind === 'missing') return true;
  const aside = await mkdtemp(`${toLeftPath(path, undefined)}-`);
  return await tryRename(statePath, join(aside, basename(statePath)));
}

/**
 * The path of a job's directory: the original one or the one to which another job has moved it; undefined when it is
 * gone.
 */
export function findStateDirectory(path: string, privateDirectory: string): string | undefined {
  if (isOwnedBy(path, privateDirectory)) return path;
  const left = toLeftPath(path, privateDirectory);
  return isOwnedBy(left, privateDirectory) ? left : undefined;
}

/**
 * Reads in a job's directory, even if another job moves it at the same time. The result counts if the directory was
 * still there afterwards. Otherwise it reads again. Undefined when the directory is gone. Throws what `read` throws.
 */
export async function readStateDirectory<T>(
  path: string,
  privateDirectory: string,
  read: (directory: string) => Promise<T>,
): Promise<T | undefined> {
  const directory = findStateDirectory(path, privateDirectory);
  if (directory === undefined) return undefined;
  const isMoved = () => findStateDirectory(path, privateDirectory) !== directory;
  try {
    const found = await read(directory);
    if (!isMoved()) return found;
  } catch (error) {
    if (!isMoved()) throw error;
  }
  return await readStateDirectory(path, privateDirectory, read);
}

/**
 * Frees the path for the next holder of the lock, if it is still ours. The job's directory, with its content, moves to
 * where `findStateDirectory` finds it. Returns the new path; undefined when the directory is gone. Throws errors of the
 * disk.
 */
export async function giveUpStatePath(path: string, privateDirectory: string): Promise<string | undefined> {
  if (isOwnedBy(path, privateDirectory)) await moveAside(path, toLeftPath(path, privateDirectory));
  return findStateDirectory(path, privateDirectory);
}

/**
 * Removes a job's directory with its content, and no other job's. It may already be gone. Throws nothing: what can't be
 * removed is a warning.
 */
export async function removeStateDirectory(path: string, privateDirectory: string): Promise<FileWarning[]> {
  try {
    const trash = `${path}${REMOVED}${basename(privateDirectory)}`;
    const found = findStateDirectory(path, privateDirectory);
    if (found === undefined) return [];
    // Another job may take the path between check and removal, so check again what was moved away.
    if (!(await tryRename(found, trash))) return await removeStateDirectory(path, privateDirectory);
    if (isOwnedBy(trash, privateDirectory)) await removeDirectory(trash);
    else await rename(trash, found);
    return [];
  } catch (error) {
    return [{ kind: 'not_removed', path, why: toMessage(error) }];
  }
}

/** False when nothing is there any more. */
async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** False when something already exists. Not recursive, so only one of two jobs succeeds. */
async function tryMake(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Where a job's directory goes when another job takes its path. The job itself finds it there. */
function toLeftPath(path: string, privateDirectory: string | undefined): string {
  const name = privateDirectory === undefined ? 'unknown' : basename(privateDirectory);
  return `${path}${LEFT}${name}`;
}

const LEFT = '.left-';
/** For what a job is about to remove. The owner's record may be removed first. */
const REMOVED = '.removed-';

async function moveAside(path: string, to: string): Promise<void> {
  try {
    await rename(path, (await entryAt(to)).kind === 'missing' ? to : await mkdtemp(`${to}-`));
  } catch (error) {
    // Its job has just removed it.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** What jobs left beside the directory: moved out of the way, or not removed by a job that has ended. */
async function leftBeside(path: string): Promise<LeftStateDirectory[]> {
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(`${basename(path)}.`)).sort();
  const left: LeftStateDirectory[] = [];
  for (const name of names) {
    const found = join(dirname(path), name);
    const isFit = (await stateDirectoryProblem(found)) === undefined;
    if (!isFit || (await entryAt(found)).kind !== 'directory') continue;
    const owner = readOwner(found);
    if (await isLeft(name.slice(basename(path).length), owner)) left.push({ path: found, owner });
    else if (name.includes(REMOVED) && owner === undefined) await removeDirectory(found);
  }
  return left;
}

const OWN = /^\.[A-Za-z0-9]{6}$/;

/**
 * Only a directory that another job moved counts as left while its job may still run. Anything else belongs to its job
 * until that has ended.
 */
async function isLeft(suffix: string, owner: StateDirectoryOwner | undefined): Promise<boolean> {
  if (suffix.startsWith(LEFT)) return true;
  if (!suffix.startsWith(REMOVED) && !OWN.test(suffix)) return false;
  return owner !== undefined && !(await isDirectory(owner.privateDirectory));
}
