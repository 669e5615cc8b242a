import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  copyPlanFile,
  installPlan,
  PlanPathTaken,
  planPathProblem,
} from '../../src/workspace-files/plan-file.ts';

let root = '';
let checkout = '';

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'plan-file-')));
  checkout = join(root, 'checkout');
  await mkdir(join(checkout, 'infra'), { recursive: true });
  await mkdir(join(root, 'elsewhere'));
  await writeFile(join(root, 'plan'), 'PLAN');
  await symlink(join(root, 'elsewhere'), join(checkout, 'out'));
  await symlink(join(checkout, 'infra'), join(checkout, 'inside'));
  await symlink(join(root, 'plan'), join(checkout, 'infra', 'link'));
  await symlink(join(root, 'nowhere'), join(checkout, 'infra', 'dangling'));
  await writeFile(join(checkout, 'infra', 'taken'), 'theirs');
});

afterEach(() => rm(root, { recursive: true }));

describe('the path of a plan', () => {
  it.each(['infra/tfplan', 'inside/tfplan', '../elsewhere/tfplan'])(
    '%s: is accepted because nothing is there',
    async (path) => {
      const to = join(checkout, path);
      expect(await planPathProblem(to, checkout)).toBeUndefined();
      await installPlan(join(root, 'plan'), to, checkout);
      expect(await readFile(to, 'utf8')).toBe('PLAN');
    },
  );

  it.each([
    ['infra/taken', 'something already exists there'],
    ['infra', 'something already exists there'],
    ['infra/link', 'something already exists there'],
    ['infra/dangling', 'something already exists there'],
    ['out/tfplan', 'leads out of the checkout'],
    ['no/tfplan', 'there is no folder'],
    ['infra/taken/tfplan', 'there is no folder'],
  ])('%s is refused, both by the check and by the write', async (path, words) => {
    const to = join(checkout, path);
    expect(await planPathProblem(to, checkout)).toContain(words);
    await expect(installPlan(join(root, 'plan'), to, checkout)).rejects.toThrow(
      words === 'there is no folder' ? /ENOENT|ENOTDIR/ : PlanPathTaken,
    );
    expect(await readFile(join(checkout, 'infra', 'taken'), 'utf8')).toBe('theirs');
    expect(await readFile(join(root, 'plan'), 'utf8')).toBe('PLAN');
  });

  it.skipIf(process.platform === 'win32')(
    "is readable only by its user, whatever the plan's mode was",
    async () => {
      await chmod(join(root, 'plan'), 0o644);
      await installPlan(join(root, 'plan'), join(checkout, 'tfplan'), checkout);
      expect((await stat(join(checkout, 'tfplan'))).mode & 0o777).toBe(0o600);
    },
  );
});

describe('the plan that a job made', () => {
  it('is copied for this user only, and its hash is that of the copy', async () => {
    const bytes = Buffer.alloc(300_000, 'plan');
    await writeFile(join(checkout, 'tfplan'), bytes);
    const copy = join(root, 'private', 'plan');
    const facts = await copyPlanFile(join(checkout, 'tfplan'), copy, checkout);
    expect(facts).toMatchObject({ size: 300_000, md5: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(await readFile(copy)).toEqual(bytes);
    expect((await stat(copy)).mode & 0o077).toBe(0);
  });

  it('is nothing when there is no file', async () => {
    expect(await copyPlanFile(join(checkout, 'tfplan'), join(root, 'copy'), checkout)).toBeUndefined();
  });

  it.each(['infra/link', 'infra', 'out/theirs'])('is not the target of %s', async (path) => {
    await writeFile(join(root, 'elsewhere', 'theirs'), 'SECRET');
    await expect(copyPlanFile(join(checkout, path), join(root, 'copy'), checkout)).rejects.toThrow(
      'not a file of the checkout',
    );
  });
});
