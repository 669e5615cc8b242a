import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entryAt, hasCode } from './disk.ts';
import { member, parseJson } from './override-file.ts';
import { readWithoutLinks } from './workspace-selection.ts';

/** Who made a state directory. */
export interface StateDirectoryOwner {
  /** Below RUNNER_TEMP: the name of the job, and gone when that is over. */
  readonly privateDirectory: string;
  /** A job that holds no lock gives way to one that does. */
  readonly isLocked: boolean;
  /** The page of the run, empty outside of GitHub Actions. */
  readonly run: string;
  readonly lockId: string;
  /** MD5 of the state as it was handed to the job, empty when there was none; undefined: it was not handed over. */
  readonly pulledMd5: string | undefined;
}

const OWNER_FILE = 'owner.json';

/** Whose a directory is, as the note in it says; undefined: it says nothing that can be read. */
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

/** Whether it is the job's whose private directory that is. */
export async function isOwnedBy(path: string, privateDirectory: string): Promise<boolean> {
  return (await readOwner(path))?.privateDirectory === privateDirectory;
}

/** Notes whose it is, in one step. Throws what the disk says. */
export async function writeOwner(path: string, owner: StateDirectoryOwner): Promise<void> {
  const file = join(path, OWNER_FILE);
  await writeFile(`${file}.new`, JSON.stringify(owner), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** False: the directory is gone, since the job before was about to remove its own from there. */
export async function tryWriteOwner(path: string, owner: StateDirectoryOwner): Promise<boolean> {
  try {
    await writeOwner(path, owner);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
