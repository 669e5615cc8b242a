import { createHash } from 'node:crypto';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { readChunks } from '../backend/objects/read-chunks.ts';
import { createStateHasher, type StateFacts } from '../backend/state/hash-and-inspect.ts';
import { hasCode, isMissing } from './disk.ts';

/** Changes whenever the file changes, as far as its directory entry shows. */
export type FileMark = string;

/** The job's state file while the job's programs write it. */
export interface WatchedFile {
  /** Undefined when there is no file, or it is empty. */
  mark(): Promise<FileMark | undefined>;
  /** All its bytes, as they are read. A chunk is valid only until the next one is read. Fails when there is no file. */
  read(): AsyncIterable<Uint8Array>;
}

/** A copy of the file as it was at one moment. */
export interface Snapshot {
  readonly facts: StateFacts;
  readonly mark: FileMark;
  /** Reads the file again and says whether it still equals the copy, byte for byte. */
  isStill(): Promise<boolean>;
}

/** A file on the disk. */
export function watchedFile(path: string): WatchedFile {
  return movingFile(() => path);
}

/** The same for a file that may move. `find`: its current path; undefined when it is gone. */
export function movingFile(find: () => string | undefined): WatchedFile {
  return {
    mark: async () => {
      const path = find();
      if (path === undefined) return undefined;
      try {
        const { size, mtimeNs, ino } = await stat(path, { bigint: true });
        return size === 0n ? undefined : `${ino}/${size}/${mtimeNs}`;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    read: async function* () {
      const file = await openWhereItIs(find);
      if (file !== undefined) yield* readChunks(file);
    },
  };
}

/**
 * If the file moves between the check and the opening, its path is looked up again: at the old path there may be
 * another job's file.
 */
async function openWhereItIs(find: () => string | undefined): Promise<FileHandle | undefined> {
  for (;;) {
    const path = find();
    if (path === undefined) return undefined;
    const [opened] = await Promise.allSettled([open(path)]);
    const isMoved = find() !== path;
    if (opened.status === 'rejected' && !isMoved) throw opened.reason;
    if (opened.status === 'rejected') continue;
    if (!isMoved) return opened.value;
    await opened.value.close();
  }
}

/**
 * Copies the file, unless it still has the mark `known`. Terraform writes it in place (docs/protocol.md#local-backend),
 * so a reader can find nothing, a part, or a mix of two states. Undefined when the file changed during the copy. The
 * copy goes to `copyPath`, readable only by this user.
 */
export async function takeSnapshot(
  file: WatchedFile,
  copyPath: string,
  known: FileMark | undefined,
): Promise<Snapshot | undefined> {
  const mark = await file.mark();
  if (mark === undefined || mark === known) return undefined;
  const facts = await copyFile(file, copyPath);
  if (facts === undefined || (await file.mark()) !== mark) return undefined;
  return { facts, mark, isStill: async () => (await hashFile(file)) === facts.md5 };
}

/** Copies all bytes as one read finds them, and describes the copy. Undefined when there is no file. */
export async function copyFile(file: WatchedFile, copyPath: string): Promise<StateFacts | undefined> {
  const hasher = createStateHasher();
  try {
    await writeCopy(file, copyPath, hasher);
  } catch (error) {
    // On a full disk, the job's own programs need the space more.
    await rm(copyPath, { force: true });
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  return hasher.end();
}

async function writeCopy(
  file: WatchedFile,
  copyPath: string,
  hasher: { write(chunk: Uint8Array): void },
): Promise<void> {
  const copy = await open(copyPath, 'w', 0o600);
  try {
    for await (const chunk of file.read()) {
      hasher.write(chunk);
      // Continues where the last one ended.
      await copy.writeFile(chunk);
    }
  } finally {
    await copy.close();
  }
}

/**
 * The hex MD5 of all bytes, as one read finds them. Two writes within one tick of the file system's clock have the same
 * mark, but a second read finds other bytes.
 */
export async function hashFile(file: WatchedFile): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of file.read()) hash.update(chunk);
  return hash.digest('hex');
}
