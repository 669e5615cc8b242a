import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkWorkingDirectory,
  locateJobState,
  prepareWorkingDirectory,
  restoreWorkingDirectory,
  statePathFor,
} from '../../src/workspace-files/working-directory.ts';

const OVERRIDE = 'zzz_terraform_s3_state_override.tf.json';

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

const prepare = (overrides: { workspace?: string; privateDirectory?: string; dataDirectory?: string } = {}) =>
  prepareWorkingDirectory({
    workingDirectory: root,
    privateDirectory: overrides.privateDirectory ?? temp,
    workspace: overrides.workspace ?? 'default',
    env: { TF_DATA_DIR: overrides.dataDirectory },
  });
const restore = (privateDirectory = temp) =>
  restoreWorkingDirectory({ workingDirectory: root, privateDirectory });
const locate = (workspace = 'default') =>
  locateJobState({ workingDirectory: root, privateDirectory: temp, workspace });
const write = async (path: string, text: string) => {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
};
const exists = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;

describe('statePathFor', () => {
  it('follows the layout of the local backend', () => {
    expect(statePathFor('/p', 'default')).toBe(join('/p', 'terraform.tfstate'));
    expect(statePathFor('/p', 'staging')).toBe(join('/p', 'workspaces', 'staging', 'terraform.tfstate'));
  });
});

describe('prepareWorkingDirectory', () => {
  it('writes an override with the same relative paths on every machine', async () => {
    await prepare();
    const override = JSON.parse(await readFile(join(root, OVERRIDE), 'utf8'));
    expect(override.terraform).toEqual({
      backend: {
        local: {
          path: '.terraform/s3-state/terraform.tfstate',
          workspace_dir: '.terraform/s3-state/workspaces',
        },
      },
    });
    expect(override['//']).toMatchObject({ author: 'terraform-s3-state', private_directory: temp });
  });

  it('links to the private directory and tells where the pulled file has to be', async () => {
    const { statePath, notices } = await prepare();
    expect(await readlink(join(root, '.terraform', 's3-state'))).toBe(temp);
    expect({ statePath, notices }).toEqual({ statePath: join(temp, 'terraform.tfstate'), notices: [] });
  });

  it('makes the private place of a named workspace, so that Terraform finds the workspace to exist', async () => {
    const { statePath } = await prepare({ workspace: 'staging' });
    const directory = await stat(join(temp, 'workspaces', 'staging'));
    expect(directory.mode & 0o777).toBe(0o700);
    expect(statePath).toBe(join(temp, 'workspaces', 'staging', 'terraform.tfstate'));
  });

  it('serves two directories of one job', async () => {
    const other = join(base, 'other');
    const otherTemp = join(base, 'other-private');
    await Promise.all([mkdir(other), mkdir(otherTemp)]);
    await prepare();
    const second = { workingDirectory: other, privateDirectory: otherTemp, workspace: 'default', env: {} };
    await prepareWorkingDirectory(second);
    expect(await restoreWorkingDirectory(second)).toEqual([]);
    expect(await exists(join(root, OVERRIDE))).toBe(true);
  });

  it('refuses a directory that another step still holds, and leaves that step alone', async () => {
    await prepare();
    const second = join(base, 'second');
    await mkdir(second);
    expect(await checkWorkingDirectory(root)).toEqual([expect.stringContaining('in use by another step')]);
    await expect(prepare({ privateDirectory: second })).rejects.toThrow(/in use by another step/);
    expect(await restore(second)).toHaveLength(2);
    expect(await readlink(join(root, '.terraform', 's3-state'))).toBe(temp);
  });

  it('refuses it too when the job removed .terraform, or the override', async () => {
    await prepare();
    await rm(join(root, '.terraform'), { recursive: true });
    expect(await checkWorkingDirectory(root)).toHaveLength(1);
    await restore();
    await prepare();
    await rm(join(root, OVERRIDE));
    expect(await checkWorkingDirectory(root)).toHaveLength(1);
  });

  it('replaces what a crash left', async () => {
    const crashed = join(base, 'crashed');
    await mkdir(crashed);
    await prepare({ privateDirectory: crashed });
    await rm(crashed, { recursive: true });
    expect(await checkWorkingDirectory(root)).toEqual([]);
    await prepare();
    expect(await readlink(join(root, '.terraform', 's3-state'))).toBe(temp);
    expect(await readFile(join(root, OVERRIDE), 'utf8')).toContain(JSON.stringify(temp));
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
    ['a file .terraform', async () => write(join(root, '.terraform'), ''), /\.terraform is in the way/],
    [
      'a dangling link .terraform',
      async () => symlink(join(base, 'none'), join(root, '.terraform')),
      /in the way/,
    ],
    [
      'a real directory s3-state',
      async () => mkdir(join(root, '.terraform/s3-state'), { recursive: true }),
      /may hold a state/,
    ],
    ['a file s3-state', async () => write(join(root, '.terraform/s3-state'), ''), /in the way/],
  ])('names %s and the fix', async (_, arrange, message) => {
    await arrange();
    expect(await checkWorkingDirectory(root)).toEqual([expect.stringMatching(message)]);
  });

  it('finds nothing in a fresh checkout, and changes nothing', async () => {
    expect(await checkWorkingDirectory(root)).toEqual([]);
    expect(await exists(join(root, '.terraform'))).toBe(false);
  });

  it('names every problem at once', async () => {
    await write(join(root, OVERRIDE), '{}');
    await write(join(root, '.terraform/s3-state'), '');
    expect(await checkWorkingDirectory(root)).toHaveLength(2);
  });
});

describe('a checkout that was initialised before', () => {
  const record = (backend: unknown) => JSON.stringify({ version: 3, backend });

  it.each([
    [
      'another backend',
      record({ type: 's3', config: {} }),
      [expect.stringMatching(/\(s3\).*init -reconfigure/)],
    ],
    [
      'another local path',
      record({ type: 'local', config: { path: 'x' } }),
      [expect.stringContaining('(local)')],
    ],
    ['an odd type', record({ type: '::error::x' }), [expect.stringContaining('unknown type')]],
    ['no backend', record(undefined), []],
    ['a damaged record', '{', []],
  ])('with %s', async (_, text, notices) => {
    await write(join(root, '.terraform/terraform.tfstate'), text);
    expect((await prepare()).notices).toEqual(notices);
  });

  it('is recognised by TF_DATA_DIR', async () => {
    await write(join(root, 'data/terraform.tfstate'), record({ type: 's3' }));
    expect((await prepare({ dataDirectory: 'data' })).notices).toHaveLength(1);
    await restore();
    expect((await prepare()).notices).toHaveLength(0);
  });
});

describe('locateJobState', () => {
  it('is the private file, there or not', async () => {
    await prepare();
    expect(await locate()).toEqual({ path: join(temp, 'terraform.tfstate'), notice: undefined });
  });

  it('is the private file without a working directory', async () => {
    const location = await locateJobState({
      workingDirectory: undefined,
      privateDirectory: temp,
      workspace: 'w',
    });
    expect(location).toEqual({ path: statePathFor(temp, 'w'), notice: undefined });
  });

  it.each(['default', 'staging'])(
    'takes over what the job wrote after it removed the link, workspace %s',
    async (workspace) => {
      const { statePath } = await prepare({ workspace });
      await write(statePath, 'pulled');
      await rm(join(root, '.terraform'), { recursive: true });
      await write(statePathFor(join(root, '.terraform/s3-state'), workspace), 'of the job');
      const { path, notice } = await locate(workspace);
      expect(notice).toContain('removed');
      expect(await readFile(path, 'utf8')).toBe('of the job');
      expect(await readFile(`${path}.pulled`, 'utf8')).toBe('pulled');
      expect((await locate(workspace)).path).toBe(path);
      expect(await restore()).toEqual([]);
      expect(await exists(join(root, '.terraform/s3-state'))).toBe(false);
    },
  );

  it('does not take an empty file, which Terraform makes when it locks, for a state', async () => {
    await prepare();
    await rm(join(root, '.terraform'), { recursive: true });
    await write(join(root, '.terraform/s3-state/terraform.tfstate'), '');
    expect((await locate()).notice).toBeUndefined();
  });
});

describe('restoreWorkingDirectory', () => {
  it('removes what was made and nothing else, once or twice', async () => {
    await write(join(root, '.terraform/providers/x'), '');
    const { statePath } = await prepare();
    await write(statePath, 'state');
    expect(await restore()).toEqual([]);
    expect(await restore()).toEqual([]);
    expect(await exists(join(root, OVERRIDE))).toBe(false);
    expect(await exists(join(root, '.terraform/s3-state'))).toBe(false);
    expect(await exists(join(root, '.terraform/providers/x'))).toBe(true);
    expect(await readFile(statePath, 'utf8')).toBe('state');
  });

  it('works when the private directory is gone, or the checkout', async () => {
    await prepare();
    await rm(temp, { recursive: true });
    expect(await restore()).toEqual([]);
    expect(await exists(join(root, OVERRIDE))).toBe(false);
    await rm(root, { recursive: true });
    expect(await restore()).toEqual([]);
  });

  it('leaves and names what someone else put there', async () => {
    await prepare();
    await writeFile(join(root, OVERRIDE), '{}');
    await rm(join(root, '.terraform/s3-state'));
    await write(join(root, '.terraform/s3-state/workspaces/x/terraform.tfstate'), 'a state');
    const warnings = await restore();
    expect(warnings).toEqual([
      expect.stringContaining(OVERRIDE),
      expect.stringContaining('may hold a state'),
    ]);
    expect(await exists(join(root, '.terraform/s3-state/workspaces/x/terraform.tfstate'))).toBe(true);
  });
});
