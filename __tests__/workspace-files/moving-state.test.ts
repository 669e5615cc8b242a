import { renameSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimStateDirectory, findStateDirectory } from '../../src/workspace-files/claim-state-directory.ts';
import { copyFile, hashFile, movingFile, takeSnapshot } from '../../src/workspace-files/snapshot.ts';
import { statePathFor } from '../../src/workspace-files/state-directory.ts';
import type { StateDirectoryOwner } from '../../src/workspace-files/state-directory-owner.ts';
import { readFacts, stateText } from '../job-state/state-texts.ts';

const OURS = stateText({ serial: 8, names: ['ours'] });
// A successor's change of the pulled state: by serial and lineage it could be our checkpoint.
const THEIRS = stateText({ serial: 9, names: ['theirs'] });
const OUR_MD5 = readFacts(OURS).md5;
/** The maximum number of checks of the directory by a snapshot and its second read. */
const LOOKS = 8;

let base: string;
let path: string;
let copyPath: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'moving-'));
  path = join(base, 'state');
  copyPath = join(base, 'copy');
});
afterEach(() => rm(base, { recursive: true }));

/** A job has the directory of the state, and its own state in it. */
async function claim(name: string, state: string, at = path): Promise<StateDirectoryOwner> {
  const privateDirectory = join(base, name);
  await mkdir(privateDirectory);
  const owner = { privateDirectory, isLocked: true, run: '', lockId: name, pulledMd5: '' };
  await claimStateDirectory(at, owner);
  await writeFile(statePathFor(at, 'default'), state);
  return owner;
}

/** Our file; a successor takes the directory right after the check of this number, before its result is used. */
async function fileMovedAfter(look: number) {
  const { privateDirectory } = await claim('ours', OURS);
  const next = join(base, 'next');
  await claim('theirs', THEIRS, next);
  let looks = 0;
  const file = movingFile(() => {
    const found = findStateDirectory(path, privateDirectory);
    looks += 1;
    if (looks === look) {
      renameSync(path, `${path}.left-ours`);
      renameSync(next, path);
    }
    return found && statePathFor(found, 'default');
  });
  return { file, privateDirectory };
}

const looks = Array.from({ length: LOOKS }, (_, i) => i + 1);

describe('the state of a job whose directory a successor takes', () => {
  it.each(looks)('is snapshot correctly or not at all when that happens after check %i', async (look) => {
    const { file } = await fileMovedAfter(look);
    const snapshot = await takeSnapshot(file, copyPath, undefined);
    expect([undefined, OUR_MD5]).toContain(snapshot?.facts.md5);
    if (snapshot !== undefined) {
      expect(await readFile(copyPath, 'utf8')).toBe(OURS);
      expect(await snapshot.isStill()).toBe(true);
    }
  });

  it.each(looks)('is copied and hashed correctly when that happens after check %i', async (look) => {
    const { file } = await fileMovedAfter(look);
    expect((await copyFile(file, copyPath))?.md5).toBe(OUR_MD5);
    expect(await hashFile(file)).toBe(OUR_MD5);
  });

  it('is followed to its new path, with what its Terraform still writes', async () => {
    const { file, privateDirectory } = await fileMovedAfter(1);
    await takeSnapshot(file, copyPath, undefined);
    const moved = findStateDirectory(path, privateDirectory);
    expect(moved).not.toBe(path);
    const later = stateText({ serial: 10, names: ['ours', 'more'] });
    await writeFile(statePathFor(moved ?? '', 'default'), later);
    expect((await takeSnapshot(file, copyPath, undefined))?.facts.md5).toBe(readFacts(later).md5);
  });

  it('is nothing once its own files are gone, whatever is at the path', async () => {
    const { file, privateDirectory } = await fileMovedAfter(0);
    await claim('others', THEIRS);
    await rm(findStateDirectory(path, privateDirectory) ?? '', { recursive: true });
    expect(await takeSnapshot(file, copyPath, undefined)).toBeUndefined();
    expect(await file.mark()).toBeUndefined();
  });
});
