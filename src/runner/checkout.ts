import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from './inputs.ts';

/** What is checked out: Git's hashes of the commit and of its files. */
export interface Checkout {
  readonly commit: string;
  readonly tree: string;
}

const LOOK_MS = 5_000;
const HASH = /^[0-9a-f]{40,64}$/;

/**
 * Asks Git what is checked out in a folder; undefined when Git can't say: there is no Git, no checkout, or another user
 * owns the files. Ignores the configuration of the user and the machine, and fetches nothing.
 */
export async function readCheckout(folder: string, env: Environment): Promise<Checkout | undefined> {
  // A container job's folder may belong to another user.
  const args = ['-c', 'safe.directory=*', '-C', folder, 'rev-parse', '--verify', '--end-of-options'];
  const own = {
    PATH: env.PATH,
    SystemRoot: env.SystemRoot,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: process.platform === 'win32' ? 'NUL' : '/dev/null',
    GIT_NO_LAZY_FETCH: '1',
    GIT_CEILING_DIRECTORIES: dirname(env.GITHUB_WORKSPACE ?? folder),
  };
  const ask = async (name: string): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', [...args, name], {
      timeout: LOOK_MS,
      windowsHide: true,
      env: own,
    });
    return stdout.trim();
  };
  try {
    const commit = await ask('HEAD^{commit}');
    const tree = await ask('HEAD^{tree}');
    return HASH.test(commit) && HASH.test(tree) ? { commit, tree } : undefined;
  } catch {
    return undefined;
  }
}
