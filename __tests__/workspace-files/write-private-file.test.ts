import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writePrivateFile } from '../../src/workspace-files/write-private-file.ts';

async function makeFolders() {
  const base = await mkdtemp(join(tmpdir(), 'private-file-'));
  onTestFinished(() => rm(base, { recursive: true }));
  const root = join(base, 'checkout');
  const outside = join(base, 'outside');
  await mkdir(root);
  await mkdir(outside);
  return { root, outside };
}

describe('a file for this user alone', () => {
  it('is created with its folders, replaces another atomically, and leaves nothing else', async () => {
    const { root } = await makeFolders();
    const path = join(root, 'a/b/out.json');
    await writePrivateFile(path, [root], 'one');
    await writeFile(path, 'a longer text of somebody else', { mode: 0o644 });
    await writePrivateFile(path, ['/nowhere-else/..', root], 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(root, 'a/b'))).toEqual(['out.json']);
  });

  it('is never written through a link, neither of the folder nor of the file', async () => {
    const { root, outside } = await makeFolders();
    const victim = join(outside, 'out.json');
    await writeFile(victim, 'kept');
    await symlink(outside, join(root, 'way'));
    await symlink(victim, join(root, 'out.json'));
    await expect(writePrivateFile(join(root, 'way/out.json'), [root], 'x')).rejects.toThrow('leads out');
    await expect(writePrivateFile(join(root, 'way/new/out.json'), [root], 'x')).rejects.toThrow('leads out');
    expect(await readdir(outside)).toEqual(['out.json']);
    await expect(writePrivateFile(join(root, 'out.json'), [root], 'x')).rejects.toThrow(
      'a link with this name',
    );
    await mkdir(join(root, 'folder.json'));
    await expect(writePrivateFile(join(root, 'folder.json'), [root], 'x')).rejects.toThrow(
      'a directory with this name',
    );
    expect(await readFile(victim, 'utf8')).toBe('kept');
    expect((await lstat(join(root, 'out.json'))).isSymbolicLink()).toBe(true);
  });
});
