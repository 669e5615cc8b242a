import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hashAndInspectFile, type StateFacts } from '../backend/state/hash-and-inspect.ts';
import type { Clock } from '../time/clock.ts';
import { hasCode } from './disk.ts';
import { copyFile, takeSnapshot, type WatchedFile, watchedFile } from './snapshot.ts';

const TRIES = 5;
const PAUSE_MS = 100;

/** A state file, and what one read of it found. */
export interface CopiedState {
  readonly path: string;
  /** The path of a copy that nobody writes to. `facts` describe it, and it is what is pushed and kept. */
  readonly copy: string;
  readonly facts: StateFacts;
}

/**
 * Copies a state file, which a program of the job may still write, to `copyPath`, so the hashed bytes are those that
 * are pushed and kept. Undefined when there is no file. On a full disk, the file itself replaces the copy. Throws other
 * errors of the disk.
 */
export async function copyState(
  path: string,
  copyPath: string,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<CopiedState | undefined> {
  try {
    await mkdir(dirname(copyPath), { recursive: true, mode: 0o700 });
    const facts = await copyWhole(watchedFile(path), copyPath, clock, signal);
    return facts && { path, copy: copyPath, facts };
  } catch (error) {
    if (!isFull(error)) throw error;
    const facts = await hashAndInspectFile(path);
    return facts && { path, copy: path, facts };
  }
}

/** What one read found of a file that is written all the time. Hash and push never come from two different reads. */
async function copyWhole(
  file: WatchedFile,
  copyPath: string,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<StateFacts | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    // An empty file needs no second read.
    if ((await file.mark()) === undefined) break;
    const snapshot = await takeSnapshot(file, copyPath, undefined);
    if (snapshot !== undefined && (await snapshot.isStill())) return snapshot.facts;
    if (signal.aborted) break;
    await clock.sleep(PAUSE_MS, signal).catch(() => {});
  }
  return await copyFile(file, copyPath);
}

function isFull(error: unknown): boolean {
  return hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT');
}
