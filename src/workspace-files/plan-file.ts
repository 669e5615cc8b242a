import { constants, createReadStream, createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, realpath, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createFileHasher, type FileFacts, passThrough } from '../backend/objects/file-facts.ts';
import { READ_CHUNK } from '../backend/state/hash-and-inspect.ts';
import { toMessage } from '../text/error-message.ts';
import { entryAt, hasCode, isDirectory } from './disk.ts';
import { type FileMark, watchedFile } from './snapshot.ts';

/** Distinguishes the job's plan from one that was there before; undefined when there is no file. */
export async function markPlanFile(path: string): Promise<FileMark | undefined> {
  return await watchedFile(path).mark();
}

/**
 * Copies the job's plan into a private file and hashes it on the way, so the hashed bytes are those that are stored.
 * Undefined when there is no file. Throws other errors of the disk, and when the path is not a regular file or its
 * folder leads out of the checkout.
 */
export async function copyPlanFile(
  path: string,
  copyPath: string,
  workspaceRoot: string,
): Promise<FileFacts | undefined> {
  const { kind } = await entryAt(path);
  if (kind === 'missing') return undefined;
  const folder = kind === 'file' ? await resolveFolder(path, workspaceRoot) : undefined;
  if (folder === undefined)
    throw new Error(`${path} is not a file of the checkout itself, but a link or a folder`);
  const file = await open(join(folder, basename(path)), constants.O_RDONLY | NO_LINK);
  try {
    await mkdir(dirname(copyPath), { recursive: true, mode: 0o700 });
    const hasher = createFileHasher();
    const source = createReadStream(path, { fd: file, autoClose: false, highWaterMark: READ_CHUNK });
    await pipeline(source, passThrough(hasher), createWriteStream(copyPath, { mode: 0o600 }));
    return hasher.end();
  } finally {
    await file.close();
  }
}

/** Why a plan can't be put at a path, in the words of the fix; undefined when it can be. Throws when the disk fails. */
export async function planPathProblem(path: string, workspaceRoot: string): Promise<string | undefined> {
  if ((await entryAt(path)).kind !== 'missing')
    return 'something already exists there: remove it, or choose another path';
  const noFolder = `there is no folder ${dirname(path)}: create it before this step, or choose another path`;
  if (!(await isDirectory(dirname(path)))) return noFolder;
  try {
    const folder = await resolveFolder(path, workspaceRoot);
    return folder === undefined
      ? 'a link in the path leads out of the checkout: choose another path'
      : undefined;
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTDIR')) throw error;
    return noFolder;
  }
}

/** Something appeared at the plan's path while the step ran. */
export class PlanPathTaken extends Error {
  constructor(path: string, cause: unknown) {
    super(`the plan can't be put at ${path}: something already exists there, or its folder changed`, {
      cause,
    });
    this.name = 'PlanPathTaken';
  }
}

/**
 * Puts a plan where nothing exists yet, readable only by this user. Follows no link, neither the last one nor one that
 * leads out of the checkout.
 *
 * Errors: PlanPathTaken, other errors of the disk.
 */
export async function installPlan(from: string, path: string, workspaceRoot: string): Promise<void> {
  const folder = await resolveFolder(path, workspaceRoot);
  if (folder === undefined) throw new PlanPathTaken(path, undefined);
  const target = join(folder, basename(path));
  try {
    await copyFile(from, target, constants.COPYFILE_EXCL);
  } catch (error) {
    throw hasCode(error, 'EEXIST') ? new PlanPathTaken(path, error) : error;
  }
  await chmod(target, 0o600);
}

/** Removes a plan that was put there. Throws nothing: a file that can't be removed is a warning. */
export async function removePlan(path: string): Promise<string[]> {
  try {
    await rm(path, { force: true });
    return [];
  } catch (error) {
    return [`${path} could not be removed and contains the plan: ${toMessage(error)}`];
  }
}

// Windows has no such flag, and few links.
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/**
 * The folder of a path without any link; undefined when the path claims to be in the checkout but is not. A path
 * elsewhere is the workflow's own choice.
 */
async function resolveFolder(path: string, workspaceRoot: string): Promise<string | undefined> {
  const folder = await realpath(dirname(path));
  if (!isInside(workspaceRoot, path)) return folder;
  const root = await realpath(workspaceRoot);
  return folder === root || isInside(root, folder) ? folder : undefined;
}

function isInside(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}
