import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LONGEST_CONFIG } from '../terraform-config/cursor.ts';
import { type ConfigFile, isConfigName } from '../terraform-config/module.ts';
import { describeDenied } from './access-problems.ts';
import { hasCode, isMissing } from './disk.ts';
import { OVERRIDE_FILE, overrideOwner } from './override-file.ts';

/** This job's user can't read a file or folder. The message names its owner and the fix. */
export class UnreadableFile extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableFile';
  }
}

/**
 * The files of a root module except our own override file; undefined when there is no such folder. Errors:
 * UnreadableFile.
 */
export async function readConfigFiles(directory: string): Promise<ConfigFile[] | undefined> {
  const names = await namesIn(directory);
  if (names === undefined) return undefined;
  const isOurs = (await overrideOwner(directory)).kind === 'ours';
  const wanted = names.filter((name) => isConfigName(name) && !(isOurs && name === OVERRIDE_FILE));
  return Promise.all(
    wanted.map(async (name) => ({ name, text: (await readTextFile(join(directory, name))) ?? '' })),
  );
}

/**
 * In bytes; a text within the parser's limit has fewer. Only this much is read of a longer file, for the parser to
 * refuse.
 */
const LONGEST_FILE = 4 * LONGEST_CONFIG;

/** A file's text; undefined when there is none. Errors: UnreadableFile, and other errors of the disk. */
export async function readTextFile(path: string): Promise<string | undefined> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path, { end: LONGEST_FILE })) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].some((code) => hasCode(error, code))) return undefined;
    throw await orUnreadable(error, path);
  }
}

async function namesIn(directory: string): Promise<string[] | undefined> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw await orUnreadable(error, directory);
  }
}

async function orUnreadable(error: unknown, path: string): Promise<unknown> {
  const isDenied = hasCode(error, 'EACCES') || hasCode(error, 'EPERM');
  return isDenied ? new UnreadableFile(await describeDenied(path)) : error;
}
