import { lstat, mkdir, mkdtemp, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
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

/** A state directory that a job left, moved out of the way. */
export interface LeftStateDirectory {
  readonly path: string;
  /** Undefined: it can't be told. */
  readonly owner: StateDirectoryOwner | undefined;
}

const ATTEMPTS = 5;

/** What stands in the way of the directory, with the fix; undefined when nothing does. Changes nothing. */
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
 * Makes the directory for the holder of the lock. What another job left there is moved beside it, and returned for a look:
 * it may hold a state that is nowhere else. Throws when the disk refuses.
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
    if (await isOwnedBy(path, owner.privateDirectory)) return await leftBeside(path);
    await moveAside(path, toLeftPath(path, (await readOwner(path))?.privateDirectory));
  }
  throw new WorkspaceError({ kind: 'contested', path });
}

/**
 * The same without a lock: the directory is only taken where nobody has it. Returns the path of the directory, which is
 * one of the job's own where another job has the shared one.
 */
export async function claimWithoutLock(path: string, owner: StateDirectoryOwner): Promise<string> {
  const before = await readOwner(path);
  if (before !== undefined && !before.isLocked && before.pulledMd5 === undefined)
    await removeIfDead(path, before);
  const made = (await tryMake(path)) ? path : await mkdtemp(`${path}.`);
  await writeOwner(made, owner);
  return made;
}

async function removeIfDead(path: string, { privateDirectory }: StateDirectoryOwner): Promise<void> {
  if (!(await isDirectory(privateDirectory))) await removeStateDirectory(path, privateDirectory);
}

/** What is put into a state directory for the job's Terraform. */
export interface PulledState {
  readonly workspace: string;
  /** False: there is no state yet. */
  readonly isThere: boolean;
}

/**
 * Makes the state at `pulledPath` the one that Terraform finds, and notes whose it is. False, with nothing changed: another job
 * has the directory by now, since it took the lock meanwhile.
 */
export async function installPulledState(
  path: string,
  owner: StateDirectoryOwner,
  { workspace, isThere }: PulledState,
): Promise<boolean> {
  if (!(await isOwnedBy(path, owner.privateDirectory))) return false;
  await furnishStateDirectory(path, workspace);
  // Where the directory is another one since that look, there is nothing of that name in it.
  const pulled = pulledPath(path, owner.privateDirectory);
  const statePath = statePathFor(path, workspace);
  if (isThere ? !(await tryRename(pulled, statePath)) : !(await clearStatePath(path, statePath)))
    return false;
  await writeOwner(path, owner);
  return true;
}

/**
 * Where there is no state yet, nobody's may lie there: a program of the job that had the directory before may write by the path. What it
 * wrote goes to where the next job looks. False: the directory is gone.
 */
async function clearStatePath(path: string, statePath: string): Promise<boolean> {
  if ((await entryAt(statePath)).kind === 'missing') return true;
  const aside = await mkdtemp(`${toLeftPath(path, undefined)}-`);
  return await tryRename(statePath, join(aside, basename(statePath)));
}

/** Whether a job's directory is still the one at the path, else where another job has moved it; undefined when it is gone. */
export async function findStateDirectory(
  path: string,
  privateDirectory: string,
): Promise<string | undefined> {
  if (await isOwnedBy(path, privateDirectory)) return path;
  const left = toLeftPath(path, privateDirectory);
  return (await isOwnedBy(left, privateDirectory)) ? left : undefined;
}

/**
 * Reads in a job's directory, wherever another job moves it meanwhile: what was read counts if the directory was still there
 * afterwards, else it is read again. Undefined: the directory is gone. Throws what `read` throws.
 */
export async function readStateDirectory<T>(
  path: string,
  privateDirectory: string,
  read: (directory: string) => Promise<T>,
): Promise<T | undefined> {
  const directory = await findStateDirectory(path, privateDirectory);
  if (directory === undefined) return undefined;
  const isMoved = async () => (await findStateDirectory(path, privateDirectory)) !== directory;
  try {
    const found = await read(directory);
    if (!(await isMoved())) return found;
  } catch (error) {
    if (!(await isMoved())) throw error;
  }
  return await readStateDirectory(path, privateDirectory, read);
}

/**
 * Gives the path to whoever holds the lock next, while it is still ours: the job's directory moves to where `findStateDirectory`
 * finds it, and what is in it stays. Returns where it is now; undefined when it is gone. Throws what the disk says.
 */
export async function giveUpStatePath(path: string, privateDirectory: string): Promise<string | undefined> {
  if (await isOwnedBy(path, privateDirectory)) await moveAside(path, toLeftPath(path, privateDirectory));
  return await findStateDirectory(path, privateDirectory);
}

/**
 * Removes a job's directory with all that is in it, and nobody else's. It may be gone. Throws nothing: what stays is a
 * warning each.
 */
export async function removeStateDirectory(path: string, privateDirectory: string): Promise<FileWarning[]> {
  try {
    const trash = `${path}${REMOVED}${basename(privateDirectory)}`;
    const found = await findStateDirectory(path, privateDirectory);
    if (found === undefined) return [];
    // Another job may take the place between the look and the removal, so what is removed is looked at once more.
    if (!(await tryRename(found, trash))) return await removeStateDirectory(path, privateDirectory);
    if (await isOwnedBy(trash, privateDirectory)) await removeDirectory(trash);
    else await rename(trash, found);
    return [];
  } catch (error) {
    return [{ kind: 'not_removed', path, why: toMessage(error) }];
  }
}

/** False: there is nothing any more. */
async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** False: there is something already. Not recursively, so that of two jobs one gets it. */
async function tryMake(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Where a job's directory goes when another one takes its place: the job itself finds it there. */
function toLeftPath(path: string, privateDirectory: string | undefined): string {
  const name = privateDirectory === undefined ? 'unknown' : basename(privateDirectory);
  return `${path}${LEFT}${name}`;
}

const LEFT = '.left-';
/** What a job is about to remove; the note of its owner may go first. */
const REMOVED = '.removed-';

async function moveAside(path: string, to: string): Promise<void> {
  try {
    await rename(path, (await entryAt(to)).kind === 'missing' ? to : await mkdtemp(`${to}-`));
  } catch (error) {
    // Its job has just removed it.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** What jobs left beside the directory: moved out of the way, or not removed any more by a job that is gone. */
async function leftBeside(path: string): Promise<LeftStateDirectory[]> {
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(`${basename(path)}.`)).sort();
  const left: LeftStateDirectory[] = [];
  for (const name of names) {
    const found = join(dirname(path), name);
    const isFit = (await stateDirectoryProblem(found)) === undefined;
    if (!isFit || (await entryAt(found)).kind !== 'directory') continue;
    const owner = await readOwner(found);
    if (await isLeft(name.slice(basename(path).length), owner)) left.push({ path: found, owner });
    else if (name.includes(REMOVED) && owner === undefined) await removeDirectory(found);
  }
  return left;
}

const OWN = /^\.[A-Za-z0-9]{6}$/;

/** Only what another job moved is left whether or not its job goes on; the rest is that job's, until it is gone. */
async function isLeft(suffix: string, owner: StateDirectoryOwner | undefined): Promise<boolean> {
  if (suffix.startsWith(LEFT)) return true;
  if (!suffix.startsWith(REMOVED) && !OWN.test(suffix)) return false;
  return owner !== undefined && !(await isDirectory(owner.privateDirectory));
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
