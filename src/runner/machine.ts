import { execFile } from 'node:child_process';
import { hostname, userInfo } from 'node:os';
import { promisify } from 'node:util';
import type { RunningTerraform } from './running-terraform.ts';
import { runningTerraforms } from './terraform-processes.ts';

/** What a step can observe and change about its machine. */
export interface Machine {
  readonly host: string;
  /** Undefined when the system has no name for the user, as in some containers. */
  user(): string | undefined;
  /**
   * This user's Terraform processes, and those of any user that have the file `statePath` open. Undefined when they
   * can't be seen: it takes Linux.
   */
  terraforms(statePath?: string): Promise<readonly RunningTerraform[] | undefined>;
  /** Changes the machine's host name. Throws without permission. */
  rename(host: string): Promise<void>;
}

const RENAME_MS = 10_000;

/** The real machine. */
export const thisMachine: Machine = {
  host: hostname(),
  user: () => {
    try {
      return userInfo().username;
    } catch {
      return undefined;
    }
  },
  terraforms: async (statePath) =>
    process.platform === 'linux' ? await runningTerraforms(statePath) : undefined,
  rename: async (host) => {
    await promisify(execFile)('sudo', ['-n', 'hostname', host], { timeout: RENAME_MS });
    if (hostname() !== host) throw new Error(`sudo hostname changed nothing: it is still ${hostname()}`);
  },
};
