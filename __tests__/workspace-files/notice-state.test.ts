import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { furnishStateDirectory } from '../../src/workspace-files/furnish-state-directory.ts';
import { findOtherStates } from '../../src/workspace-files/job-state.ts';
import { noticePath } from '../../src/workspace-files/notice-state.ts';
import { removeDirectory } from '../../src/workspace-files/remove-directory.ts';
import { blockerPath } from '../../src/workspace-files/state-directory.ts';

const HELD = 'staging';

async function holdStaging(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'notice-'));
  onTestFinished(() => removeDirectory(directory));
  await furnishStateDirectory(directory, HELD, true);
  return directory;
}

it('is no state that a step of the job wrote', async () => {
  const directory = await holdStaging();
  expect(await findOtherStates(directory, HELD, undefined)).toEqual([]);
});

it('is one as soon as somebody replaced it', async () => {
  const directory = await holdStaging();
  const notice = noticePath(directory, HELD);
  await chmod(blockerPath(directory, HELD), 0o700);
  await rm(notice);
  await writeFile(notice, '{}');
  expect(await findOtherStates(directory, HELD, undefined)).toEqual([notice]);
});

it('may be gone, with a file in the place of its folder', async () => {
  const directory = await holdStaging();
  const folder = blockerPath(directory, HELD);
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
  await writeFile(folder, '');
  expect(await findOtherStates(directory, HELD, undefined)).toEqual([]);
});
