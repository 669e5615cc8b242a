import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '../support/runner-process.ts';
import { type TerraformResult, terraformEnv } from '../support/terraform.ts';
import { findOnPath } from '../support/tools.ts';

/**
 * Runs terraform as a docker action would: the checkout is there, /tmp is another one. `visible` is a folder below /tmp
 * that stays. Undefined when mount namespaces aren't allowed.
 */
export async function runInMountNamespace(
  dir: string,
  visible: string,
  args: readonly string[],
): Promise<TerraformResult | undefined> {
  const unshare = findOnPath('unshare');
  if (unshare === undefined || !isAllowed(unshare)) return undefined;
  const script = [
    'set -e',
    // The checkout of a test lies in /tmp itself.
    'mkdir -p "$1.kept" && mount --bind "$1" "$1.kept" && mount -t tmpfs none /mnt',
    'mkdir /mnt/checkout && mount --bind "$1.kept" /mnt/checkout',
    'mount -t tmpfs none /tmp && cd "/mnt/checkout/$2" && shift 2',
    'exec "$@"',
  ].join('\n');
  const below = dir.slice(visible.length + 1);
  // A link in /tmp stands in for it.
  const program = realpathSync(findOnPath('terraform') ?? '');
  const all = ['-m', 'sh', '-c', script, 'sh', visible, below, program, ...args];
  const env = { ...terraformEnv(), HOME: '/root' };
  const process = startProcess(unshare, all, { cwd: join(dir), env, onLine: () => {} });
  const { exitCode } = await process.end;
  return { code: exitCode, stdout: process.rawStdout(), stderr: process.rawStderr() };
}

function isAllowed(unshare: string): boolean {
  try {
    execFileSync(unshare, ['-m', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
