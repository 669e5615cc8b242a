import { constants, createReadStream, createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, realpath, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createFileHasher, type FileFacts } from '../backend/objects/file-facts.ts';
import { READ_CHUNK } from '../backend/state/hash-and-inspect.ts';
import { entryAt, hasCode, isDirectory } from './disk.ts';
import { type FileMark, watchedFile } from './snapshot.ts';

/** What tells a plan of the job from one that lay there before; undefined: there is none. */
export async function markPlanFile(path: string): Promise<FileMark | undefined> {
  return await watchedFile(path).mark();
}

/**
 * Copies the plan that the job made, for nobody else to read, hashing it on the way: what is hashed is what is sent. Undefined when there is no
 * file. Throws what else the disk says, and where the path is no file of its own or its folder leads out of the checkout.
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
    const inspect = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const chunk of source) {
        hasher.write(chunk);
        yield chunk;
      }
    };
    const source = createReadStream(path, { fd: file, autoClose: false, highWaterMark: READ_CHUNK });
    await pipeline(source, inspect, createWriteStream(copyPath, { mode: 0o600 }));
    return hasher.end();
  } finally {
    await file.close();
  }
}

/** Why a plan can't be put at a path, as the fix; undefined: it can. Throws when the disk refuses to tell. */
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

/** What stands in the way of a plan was put there while the step ran. */
export class PlanPathTaken extends Error {
  constructor(path: string, cause: unknown) {
    super(`the plan can't be put at ${path}: something already exists there, or its folder changed`, {
      cause,
    });
    this.name = 'PlanPathTaken';
  }
}

/**
 * Puts a plan where nothing is yet, readable by this user alone; no link is followed, neither the last nor one that leads out of the checkout.
 * Errors: PlanPathTaken, what else the disk says.
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

/** Removes a plan that was put there. Throws nothing: what stays is a warning. */
export async function removePlan(path: string): Promise<string[]> {
  try {
    await rm(path, { force: true });
    return [];
  } catch (error) {
    return [
      `${path} could not be removed and contains the plan: ${error instanceof Error ? error.message : error}`,
    ];
  }
}

// Windows has no such flag, and few links.
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/**
 * The folder of a path without any link; undefined: the path says that it is in the checkout, and it is not. A path elsewhere is the
 * workflow's own choice.
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
