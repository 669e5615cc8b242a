import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../statefile/json-text.ts';
import { entryAt, hasCode } from './disk.ts';
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
export async function readOwner(path: string): Promise<StateDirectoryOwner | undefined> {
  if ((await entryAt(path)).kind !== 'directory') return undefined;
  const found = parseJson((await readWithoutLinks(join(path, OWNER_FILE))) ?? '');
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
export async function isOwnedBy(path: string, privateDirectory: string): Promise<boolean> {
  return (await readOwner(path))?.privateDirectory === privateDirectory;
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
