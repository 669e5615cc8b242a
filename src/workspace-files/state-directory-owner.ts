import { lstatSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../statefile/json-text.ts';
import { hasCode, isMissing } from './disk.ts';
import { member } from './override-file.ts';
import { readWithoutLinks } from './workspace-selection.ts';

/** The job that created a state directory. */
export interface StateDirectoryOwner {
  /** Below RUNNER_TEMP. Identifies the job, and is gone when the job has ended. */
  readonly privateDirectory: string;
  /** A job without the lock yields to one that has it. */
  readonly isLocked: boolean;
  /** The page of the run; empty outside of GitHub Actions. */
  readonly run: string;
  readonly lockId: string;
  /**
   * The MD5 of the state that was handed to the job, empty when there was none; undefined when none was handed over.
   */
  readonly pulledMd5: string | undefined;
}

const OWNER_FILE = 'owner.json';

/** The owner of a directory according to the record in it; undefined when the record can't be read. */
export function readOwner(path: string): StateDirectoryOwner | undefined {
  if (!isDirectoryItself(path)) return undefined;
  const found = parseJson(readWithoutLinks(join(path, OWNER_FILE)) ?? '');
  const text = (name: string): string | undefined => {
    const value = member(found, name);
    return typeof value === 'string' ? value : undefined;
  };
  const privateDirectory = text('privateDirectory');
  if (privateDirectory === undefined) return undefined;
  return {
    privateDirectory,
    isLocked: member(found, 'isLocked') === true,
    run: text('run') ?? '',
    lockId: text('lockId') ?? '',
    pulledMd5: text('pulledMd5'),
  };
}

/** Whether the directory belongs to the job with this private directory. */
export function isOwnedBy(path: string, privateDirectory: string): boolean {
  return readOwner(path)?.privateDirectory === privateDirectory;
}

/** A link may lead to another job's directory. */
function isDirectoryItself(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Records the owner, atomically. Throws errors of the disk. */
export async function writeOwner(path: string, owner: StateDirectoryOwner): Promise<void> {
  const file = join(path, OWNER_FILE);
  await writeFile(`${file}.new`, JSON.stringify(owner), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** False when the directory is gone, because the previous job was just removing its own. */
export async function tryWriteOwner(path: string, owner: StateDirectoryOwner): Promise<boolean> {
  try {
    await writeOwner(path, owner);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
