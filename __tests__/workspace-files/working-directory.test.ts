import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkWorkingDirectory,
  inspectOverride,
  type Preparation,
  prepareWorkingDirectory,
  restoreWorkingDirectory,
  selectedBeforeUs,
} from '../../src/workspace-files/working-directory.ts';

const OVERRIDE = 'zzz_terraform_s3_state_override.tf.json';
const CHECK = 'zzz_terraform_s3_state_check.tf.json';
const STATE_DIRECTORY = '/tmp/terraform-s3-state-0123456789abcdef0123';

let base: string;
let root: string;
let temp: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'working-directory-'));
  root = join(base, 'checkout');
  temp = join(base, 'private');
  await mkdir(root);
  await mkdir(temp, { mode: 0o700 });
});

afterEach(() => rm(base, { recursive: true }));

const preparation = (changes: Partial<Preparation> = {}): Preparation => ({
  workingDirectory: root,
  dataDirectory: join(root, '.terraform'),
  selectedBefore: undefined,
  privateDirectory: temp,
  stateDirectory: STATE_DIRECTORY,
  workspace: 'default',
  startedAt: Date.now(),
  ...changes,
});
const prepare = (changes?: Partial<Preparation>) => prepareWorkingDirectory(preparation(changes));
const restore = (changes?: Partial<Preparation>) => restoreWorkingDirectory(preparation(changes));
const check = (directory = root, dataDirectory = join(directory, '.terraform')) =>
  checkWorkingDirectory({ directory, dataDirectory, workspaceRoot: base });
const write = async (path: string, text: string) => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
};
const textAt = async (path: string) => await readFile(join(root, path), 'utf8').catch(() => undefined);
const findBackend = async () => JSON.parse((await textAt(OVERRIDE)) ?? '').terraform.backend;

describe('prepareWorkingDirectory', () => {
  it('writes an override with the same absolute paths in every job for the default workspace', async () => {
    await prepare();
    expect(await findBackend()).toEqual({
      local: {
        path: `${STATE_DIRECTORY}/this-folder-is-only-where-the-job-holds-the-state/../terraform.tfstate`,
        workspace_dir: `${STATE_DIRECTORY}/only-the-workspace-default-is-held-by-this-job`,
      },
    });
    expect(await readdir(root)).toEqual([CHECK, OVERRIDE]);
  });

  it('writes an override for a named workspace, and selects it', async () => {
    await prepare({ workspace: 'staging' });
    expect(await findBackend()).toEqual({
      local: {
        path: `${STATE_DIRECTORY}/only-the-workspace-staging-is-held-by-this-job/terraform.tfstate`,
        workspace_dir: `${STATE_DIRECTORY}/only-staging-is-held`,
      },
    });
    expect(await textAt('.terraform/environment')).toBe('staging');
    expect(await restore({ workspace: 'staging' })).toEqual([]);
    expect(await readdir(root)).toEqual(['.terraform']);
    expect(await readdir(join(root, '.terraform'))).toEqual([]);
  });

  it('refuses a directory that another step still holds, and leaves that step alone', async () => {
    await prepare();
    const second = join(base, 'second');
    await mkdir(second);
    expect(await check()).toEqual([expect.stringContaining('in use by another step')]);
    const problem = { kind: 'working_directory', fix: expect.stringMatching(/in use by another step/) };
    await expect(prepare({ privateDirectory: second })).rejects.toMatchObject({ problem });
    expect(await restore({ privateDirectory: second })).toHaveLength(1);
    expect(await readdir(root)).toEqual([CHECK, OVERRIDE]);
  });

  it('replaces what a killed job left, and knows the earlier selected workspace', async () => {
    const crashed = join(base, 'crashed');
    await mkdir(crashed);
    await prepare({ privateDirectory: crashed, workspace: 'staging' });
    expect(await selectedBeforeUs(root, join(root, '.terraform'))).toBe('staging');
    await rm(crashed, { recursive: true });
    expect(await check()).toEqual([]);
    expect(await selectedBeforeUs(root, join(root, '.terraform'))).toBeUndefined();
    await prepare();
    expect(await textAt(OVERRIDE)).toContain(JSON.stringify(temp));
    expect(await restore()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('counts a pipe in place of a selection as none', async () => {
    await mkdir(join(root, '.terraform'));
    execFileSync('mkfifo', [join(root, '.terraform/environment')]);
    expect(await selectedBeforeUs(root, join(root, '.terraform'))).toBeUndefined();
  });
});

describe('checkWorkingDirectory', () => {
  it.each([
    ['a missing directory', async () => rm(root, { recursive: true }), /is not a directory/],
    [
      'a foreign override',
      async () => write(join(root, OVERRIDE), '{"terraform":{}}'),
      /rename or remove it/,
    ],
    ['an override that is no JSON', async () => write(join(root, OVERRIDE), '{'), /rename or remove it/],
    [
      'a directory of the name of the override',
      async () => mkdir(join(root, OVERRIDE)),
      /rename or remove it/,
    ],
    ['a foreign check file', async () => write(join(root, CHECK), '{}'), /rename or remove it/],
    ['a file .terraform', async () => write(join(root, '.terraform'), ''), /\.terraform is in the way/],
    [
      'a dangling link .terraform',
      async () => symlink(join(base, 'none'), join(root, '.terraform')),
      /in the way/,
    ],
    [
      'a .terraform that leads out of the checkout',
      async () => symlink(tmpdir(), join(root, '.terraform')),
      /a link in .* leads out of the checkout/,
    ],
    [
      'a selection that is a link',
      async () => {
        await mkdir(join(root, '.terraform'));
        await symlink('/etc/passwd', join(root, '.terraform/environment'));
      },
      /not a regular file/,
    ],
  ])('names %s and the fix', async (_, arrange, message) => {
    await arrange();
    expect(await check()).toEqual([expect.stringMatching(message)]);
  });

  it('refuses a working directory that is a link out of the checkout', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await symlink(outside, join(base, 'linked'));
    expect(await check(join(base, 'linked'))).toEqual([
      expect.stringContaining('leads out of the checkout, to'),
    ]);
    await rm(outside, { recursive: true });
  });

  it('accepts a folder outside the checkout that the workflow names itself', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    expect(await check(outside)).toEqual([]);
    await symlink(outside, join(base, 'data'));
    expect(await check(root, outside)).toEqual([]);
    await rm(outside, { recursive: true });
  });

  it('finds nothing in a fresh checkout, and changes nothing', async () => {
    expect(await check()).toEqual([]);
    expect(await readdir(root)).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "names the owner of a folder or file that this user can't access, and the fix",
    async () => {
      await mkdir(join(root, '.terraform'));
      await writeFile(join(root, 'main.tf'), '', { mode: 0o600 });
      for (const folder of [base, root]) await chmod(folder, 0o777);
      const module = { directory: root, dataDirectory: join(root, '.terraform'), workspaceRoot: base };
      const source = (name: string) => JSON.stringify(join(import.meta.dirname, '../../src', name));
      const locations = { workspace: base, workingDirectory: 'checkout', backendConfig: 'main.tf' };
      const script = `import { checkWorkingDirectory } from ${source('workspace-files/working-directory.ts')};
        import { readArguments } from ${source('inputs/backend-block/read-arguments.ts')};
        const { problems } = await readArguments(${JSON.stringify(locations)});
        const found = await checkWorkingDirectory(${JSON.stringify(module)});
        console.log(JSON.stringify([...found, ...problems.map(({ fix }) => fix)]));`;
      const options = { uid: 65534, gid: 65534, encoding: 'utf8' } as const;
      const found = execFileSync(process.execPath, ['--input-type=module', '-e', script], options);
      const file = expect.stringMatching(/can't read .*main\.tf, which belongs to root.*sudo chown -R/);
      expect(JSON.parse(found)).toEqual([
        expect.stringMatching(/can't read and write in .*\.terraform, which belongs to root.*sudo chown -R/),
        file,
        file,
      ]);
    },
  );
});

describe('the backend that a checkout was initialised with', () => {
  const record = (backend: unknown) => JSON.stringify({ version: 3, backend });
  const ours = record({
    type: 'local',
    config: {
      path: `${STATE_DIRECTORY}/x/terraform.tfstate`,
      workspace_dir: `${STATE_DIRECTORY}/only-staging-is-held`,
    },
  });
  const POINTER = '.terraform/terraform.tfstate';

  it.each([
    ['another one comes back', record({ type: 's3', config: {} }), record({ type: 's3', config: {} })],
    ['one of an earlier job does not', ours, undefined],
    ['none stays none', undefined, undefined],
  ])('%s', async (_, before, after) => {
    if (before !== undefined) await write(join(root, POINTER), before);
    await prepare();
    await write(join(root, POINTER), ours);
    expect(await restore()).toEqual([]);
    expect(await textAt(POINTER)).toBe(after);
  });

  it('stays when a step made it', async () => {
    await prepare();
    await write(join(root, POINTER), record({ type: 'gcs' }));
    await restore();
    expect(await textAt(POINTER)).toBe(record({ type: 'gcs' }));
  });
});

describe('inspectOverride', () => {
  it('distinguishes missing files from changed ones', async () => {
    await prepare();
    expect(await inspectOverride(preparation())).toEqual({ gone: [], changed: [] });
    await rm(join(root, CHECK));
    await writeFile(join(root, OVERRIDE), '{}');
    expect(await inspectOverride(preparation())).toEqual({
      gone: [join(root, CHECK)],
      changed: [join(root, OVERRIDE)],
    });
  });
});

describe("an override with another job's mark", () => {
  const mark = (text: string) => text.replace(temp, join(base, 'another-job'));
  it.each([
    ['has the same effect on the same state', mark, []],
    [
      'has another effect on another state',
      (text: string) => mark(text).replaceAll(STATE_DIRECTORY, `${STATE_DIRECTORY}0`),
      [OVERRIDE],
    ],
  ])('%s', async (_, change, changed) => {
    await prepare();
    await writeFile(join(root, OVERRIDE), change((await textAt(OVERRIDE)) ?? ''));
    expect((await inspectOverride(preparation())).changed).toEqual(changed.map((name) => join(root, name)));
  });
});

describe('restoreWorkingDirectory', () => {
  it('removes what was made and nothing else, and may run twice', async () => {
    await write(join(root, '.terraform/providers/x'), '');
    await prepare();
    const second = Math.ceil(Date.now() / 1000);
    await write(join(root, `terraform.tfstate.${second}.backup`), 'of terraform state rm');
    await write(join(root, 'terraform.tfstate.1700000000.backup'), 'of another time');
    expect(await restore()).toEqual([]);
    expect(await restore()).toEqual([]);
    expect(await readdir(root)).toEqual(['.terraform', 'terraform.tfstate.1700000000.backup']);
    expect(await readdir(join(root, '.terraform'))).toEqual(['providers']);
  });

  it('works when the private directory or the checkout is gone', async () => {
    await prepare();
    await rm(temp, { recursive: true });
    expect(await restore()).toEqual([]);
    expect(await readdir(root)).toEqual([]);
    await rm(root, { recursive: true });
    expect(await restore()).toEqual([]);
  });

  it('leaves and names what somebody else put there', async () => {
    await prepare();
    await writeFile(join(root, OVERRIDE), '{}');
    expect(await restore()).toEqual([{ kind: 'not_ours', path: join(root, OVERRIDE) }]);
    expect((await stat(join(root, OVERRIDE))).isFile()).toBe(true);
  });

  it('restores a selection, but not over one that a step made', async () => {
    await write(join(root, '.terraform/environment'), 'before');
    const changes = { workspace: 'held', selectedBefore: 'before' };
    await prepare(changes);
    expect(await textAt('.terraform/environment')).toBe('held');
    await restore(changes);
    expect(await textAt('.terraform/environment')).toBe('before');
    await prepare(changes);
    await writeFile(join(root, '.terraform/environment'), 'of a step');
    await restore(changes);
    expect(await textAt('.terraform/environment')).toBe('of a step');
  });
});
