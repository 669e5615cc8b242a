import { chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateAddress } from '../../src/backend/address.ts';
import {
  claimStateDirectory,
  claimWithoutLock,
  findStateDirectory,
  giveUpStatePath,
  installPulledState,
  readStateDirectory,
  removeStateDirectory,
  stateDirectoryProblem,
} from '../../src/workspace-files/claim-state-directory.ts';
import { furnishStateDirectory } from '../../src/workspace-files/furnish-state-directory.ts';
import { pulledPath, stateDirectoryFor, statePathFor } from '../../src/workspace-files/state-directory.ts';
import { readOwner, type StateDirectoryOwner } from '../../src/workspace-files/state-directory-owner.ts';
import { plainAwsSettings } from '../support/aws-settings.ts';

let base: string;
let path: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'claim-'));
  path = join(base, 'state');
});

afterEach(() => rm(base, { recursive: true }));

/** A job that runs while its private directory exists. */
async function job(name: string, changes: Partial<StateDirectoryOwner> = {}): Promise<StateDirectoryOwner> {
  const privateDirectory = join(base, name);
  await mkdir(privateDirectory, { recursive: true });
  return { privateDirectory, isLocked: true, run: '', lockId: name, pulledMd5: undefined, ...changes };
}

const write = (folder: string, text: string) => writeFile(statePathFor(folder, 'default'), text);
const read = (folder: string) => readFile(statePathFor(folder, 'default'), 'utf8');

describe('the path of a state', () => {
  it('is the same for the same state, and different for every other', () => {
    const location = { bucket: 'b', key: 'k', workspace: 'default', workspaceKeyPrefix: 'env:' };
    const findPath = (changes: Partial<typeof location>, s3?: string) =>
      stateDirectoryFor({
        address: stateAddress({ ...location, ...changes }),
        aws: { ...plainAwsSettings, endpoints: { s3, dynamodb: undefined, sts: undefined } },
      });
    expect(findPath({})).toBe(findPath({}));
    const all = [
      findPath({}),
      findPath({ bucket: 'c' }),
      findPath({ key: 'l' }),
      findPath({ workspace: 'w' }),
      findPath({ key: 'env:/w/k' }),
      findPath({}, 'http://127.0.0.1:9000'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('the holder of the lock', () => {
  it('gets a directory that only its user can enter', async () => {
    expect(await claimStateDirectory(path, await job('one'))).toEqual([]);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    await furnishStateDirectory(path, 'staging', true);
    await furnishStateDirectory(path, 'staging', false);
    expect((await stat(join(path, 'only-staging-is-held'))).mode & 0o777).toBe(0o500);
    expect((await stat(join(path, 'only-staging-is-held/staging'))).mode & 0o777).toBe(0o700);
  });

  it('gets it whatever its predecessor is removing at that moment', async () => {
    for (let round = 0; round < 100; round += 1) {
      const before = await job(`before-${round}`);
      const next = await job(`next-${round}`);
      await claimStateDirectory(path, before);
      const moments = Array.from({ length: round % 10 });
      const removing = moments
        .reduce<Promise<unknown>>((turn) => turn.then(() => readdir(base)), Promise.resolve())
        .then(() => removeStateDirectory(path, before.privateDirectory));
      await claimStateDirectory(path, next);
      await removing;
      expect(findStateDirectory(path, next.privateDirectory)).toBe(path);
      await removeStateDirectory(path, next.privateDirectory);
    }
  });

  it('finds what a killed job left, moved aside and complete', async () => {
    await claimStateDirectory(path, await job('killed'));
    await write(path, 'of the killed job');
    const [left] = await claimStateDirectory(path, await job('next'));
    expect(left?.owner?.lockId).toBe('killed');
    expect(await read(left?.path ?? '')).toBe('of the killed job');
    expect(await readdir(path)).toEqual(['owner.json']);
  });

  it('moves aside a directory without an owner, which Terraform makes when the directory is gone', async () => {
    await mkdir(path);
    await write(path, 'of nobody');
    const [left] = await claimStateDirectory(path, await job('next'));
    expect(left?.owner).toBeUndefined();
    expect(await read(left?.path ?? '')).toBe('of nobody');
  });

  it('removes its own directory, wherever it is by then, and no other', async () => {
    const zombie = await job('zombie');
    const holder = await job('holder');
    await claimStateDirectory(path, zombie);
    await write(path, 'of the zombie');
    await claimStateDirectory(path, holder);
    await write(path, 'of the holder');
    const moved = findStateDirectory(path, zombie.privateDirectory);
    expect(await read(moved ?? '')).toBe('of the zombie');
    expect(await removeStateDirectory(path, zombie.privateDirectory)).toEqual([]);
    expect(findStateDirectory(path, zombie.privateDirectory)).toBeUndefined();
    expect(await read(path)).toBe('of the holder');
    expect(await removeStateDirectory(path, holder.privateDirectory)).toEqual([]);
    expect(await removeStateDirectory(path, holder.privateDirectory)).toEqual([]);
    expect((await readdir(base)).sort()).toEqual(['holder', 'zombie']);
  });
});

describe('a job that pulls no state because there is none', () => {
  it('ignores a state that somebody wrote there meanwhile, and leaves it for the next job to keep', async () => {
    const holder = await job('holder');
    await claimStateDirectory(path, holder);
    await write(path, 'of a zombie');
    expect(
      await installPulledState(path, holder, { workspace: 'default', isThere: false, isEncrypted: false }),
    ).toBe(true);
    await expect(read(path)).rejects.toThrow('ENOENT');
    const [left] = await claimStateDirectory(path, holder);
    expect(await read(left?.path ?? '')).toBe('of a zombie');
  });
});

describe('a job that reads its directory', () => {
  it('reads it again when another job moved it meanwhile', async () => {
    const zombie = await job('zombie');
    const holder = await job('holder');
    await claimStateDirectory(path, zombie);
    await write(path, 'of the zombie');
    const seen: string[] = [];
    const found = await readStateDirectory(path, zombie.privateDirectory, async (directory) => {
      seen.push(directory);
      if (seen.length === 1) {
        await claimStateDirectory(path, holder);
        await write(path, 'of the holder');
      }
      return await read(directory);
    });
    expect(found).toBe('of the zombie');
    expect(seen).toEqual([path, findStateDirectory(path, zombie.privateDirectory)]);
  });

  it('reads it again when that caused a failure', async () => {
    const zombie = await job('zombie');
    const holder = await job('holder');
    await claimStateDirectory(path, zombie);
    await write(path, 'of the zombie');
    const found = await readStateDirectory(path, zombie.privateDirectory, async (directory) => {
      if (directory === path) await claimStateDirectory(path, holder);
      return await read(directory);
    });
    expect(found).toBe('of the zombie');
  });

  it('fails with the error of the read, and finds nothing once the directory is gone', async () => {
    const holder = await job('holder');
    await claimStateDirectory(path, holder);
    await expect(readStateDirectory(path, holder.privateDirectory, read)).rejects.toThrow('ENOENT');
    await removeStateDirectory(path, holder.privateDirectory);
    expect(await readStateDirectory(path, holder.privateDirectory, read)).toBeUndefined();
  });
});

describe('a job that lost its lock while it pulled', () => {
  it("changes nothing of its successor's, and finds no state of its own there", async () => {
    const zombie = await job('zombie');
    const holder = await job('holder');
    await claimStateDirectory(path, zombie);
    await claimStateDirectory(path, holder);
    await write(path, 'of the holder');
    // Its pull continues, at the path that now belongs to the holder.
    await writeFile(pulledPath(path, zombie.privateDirectory), 'of the zombie');
    const pulled = { workspace: 'default', isThere: true, isEncrypted: false };
    expect(await installPulledState(path, zombie, pulled)).toBe(false);
    expect(await read(path)).toBe('of the holder');
    expect(findStateDirectory(path, holder.privateDirectory)).toBe(path);
  });

  it("has its pulled state where its Terraform finds it if the lock wasn't lost", async () => {
    const holder = await job('holder');
    await claimStateDirectory(path, holder);
    await writeFile(pulledPath(path, holder.privateDirectory), 'pulled');
    const pulled = { workspace: 'default', isThere: true, isEncrypted: false };
    expect(await installPulledState(path, { ...holder, pulledMd5: 'x' }, pulled)).toBe(true);
    expect(await read(path)).toBe('pulled');
    expect(readOwner(path)?.pulledMd5).toBe('x');
  });
});

describe('a holder that is about to release its lock', () => {
  it('leaves the path to the next one, and finds what is in its directory', async () => {
    const holder = await job('holder');
    const next = await job('next');
    await claimStateDirectory(path, holder);
    await write(path, 'of the holder');
    const moved = await giveUpStatePath(path, holder.privateDirectory);
    expect(await read(moved ?? '')).toBe('of the holder');
    await claimStateDirectory(path, next);
    expect(await giveUpStatePath(path, holder.privateDirectory)).toBe(moved);
    expect(await removeStateDirectory(path, holder.privateDirectory)).toEqual([]);
    expect(findStateDirectory(path, next.privateDirectory)).toBe(path);
    expect((await readdir(base)).sort()).toEqual(['holder', 'next', 'state']);
  });
});

describe('the remains of killed jobs beside the directory', () => {
  it('are found once their owner is gone, and half-removed ones are deleted', async () => {
    const reader = await job('reader', { isLocked: false });
    const other = await job('other', { isLocked: false });
    const remover = await job('remover');
    await claimWithoutLock(path, reader);
    const own = await claimWithoutLock(path, other);
    const removed = `${path}.removed-remover`;
    await claimStateDirectory(removed, remover);
    await mkdir(`${path}.removed-gone`);
    const mades = async () => (await claimStateDirectory(path, await job('holder'))).map((left) => left.path);
    expect(await mades()).toEqual([`${path}.left-reader`]);
    expect(await readdir(base)).not.toContain('state.removed-gone');
    await rm(other.privateDirectory, { recursive: true });
    await rm(remover.privateDirectory, { recursive: true });
    expect((await mades()).sort()).toEqual([`${path}.left-reader`, own, removed].sort());
  });
});

describe('a job without a lock', () => {
  it('takes the shared directory if nobody has it, else its own', async () => {
    const first = await job('first', { isLocked: false });
    const second = await job('second', { isLocked: false });
    expect(await claimWithoutLock(path, first)).toBe(path);
    const own = await claimWithoutLock(path, second);
    expect(own).not.toBe(path);
    await removeStateDirectory(own, second.privateDirectory);
    expect(findStateDirectory(path, first.privateDirectory)).toBe(path);
  });

  it('never touches what a holder has or has left', async () => {
    const killed = await job('killed', { pulledMd5: 'x' });
    await claimStateDirectory(path, killed);
    await write(path, 'of the killed job');
    await rm(killed.privateDirectory, { recursive: true });
    expect(await claimWithoutLock(path, await job('reader', { isLocked: false }))).not.toBe(path);
    expect(await read(path)).toBe('of the killed job');
  });

  it('gives way to a holder', async () => {
    const reader = await job('reader', { isLocked: false });
    await claimWithoutLock(path, reader);
    const left = await claimStateDirectory(path, await job('holder'));
    expect(left.map(({ owner }) => owner?.privateDirectory)).toEqual([reader.privateDirectory]);
  });
});

describe('stateDirectoryProblem', () => {
  it.each([
    ['a file', async () => writeFile(path, ''), /is not a directory: remove it/],
    ['a link, be it to a directory', async () => symlink(base, path), /is not a directory: remove it/],
  ])('is %s', async (_, arrange, message) => {
    await arrange();
    expect(await stateDirectoryProblem(path)).toMatch(message);
    const problem = { kind: 'state_directory', fix: expect.stringMatching(message) };
    await expect(claimStateDirectory(path, await job('one'))).rejects.toMatchObject({ problem });
  });

  it.skipIf(process.getuid?.() !== 0)('is a directory of another user', async () => {
    await mkdir(path);
    await chown(path, 65534, 65534);
    expect(await stateDirectoryProblem(path)).toMatch(/belongs to another user \(id 65534\): remove it/);
  });

  it('is undefined for nothing, or for what this user left', async () => {
    expect(await stateDirectoryProblem(path)).toBeUndefined();
    await mkdir(path);
    expect(await stateDirectoryProblem(path)).toBeUndefined();
  });
});
