import { execFile, spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from './inputs.ts';

/** Other processes of this machine. */
export interface Processes {
  /** The process that started this one; undefined where none is to be seen, as in a container. */
  readonly parent: number | undefined;
  /**
   * Starts another entry of this action as a process that outlives this one and shares nothing with it: no pipes,
   * which would hold up the end of the step (docs/runner.md#background-processes). Returns its id. Errors: when it can't be started.
   */
  start(entry: string, args: readonly string[], env: Environment): Promise<number>;
  /** Whether there is a process of this id, be it another user's. */
  isAlive(pid: number): boolean;
  /** The arguments of a living process, in one text; undefined when it is gone, and where that can't be found out. */
  commandLine(pid: number): Promise<string | undefined>;
  /** Sends a signal; a process that is gone is no error. */
  signal(pid: number, signal: NodeJS.Signals): void;
}

// PowerShell takes its time to start.
const LOOK_MS = process.platform === 'win32' ? 10_000 : 2_000;

/** The real ones. */
export const systemProcesses: Processes = {
  parent: process.ppid > 1 ? process.ppid : undefined,
  async start(entry, args, env) {
    // Not beside import.meta.url: the bundler would take that for a file of its own.
    const script = join(dirname(process.argv[1] ?? ''), `${entry}.js`);
    await access(script);
    const options = { detached: true, stdio: 'ignore', windowsHide: true, env } as const;
    const child = spawn(process.execPath, [script, ...args], options);
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    failed.catch(() => {});
    child.unref();
    return child.pid ?? (await failed);
  },
  isAlive(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'EPERM';
    }
  },
  async commandLine(pid) {
    try {
      // Empty for a zombie, which a container whose first process reaps nobody keeps for ever.
      return (await readCommandLine(pid)).trim() || undefined;
    } catch {
      return undefined;
    }
  },
  signal(pid, signal) {
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone, or not ours to end: either way there is nothing to do.
    }
  },
};

async function readCommandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  }
  const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId = ${pid}').CommandLine`;
  const [program, ...args] =
    process.platform === 'win32'
      ? ['powershell', '-NoProfile', '-NonInteractive', '-Command', query]
      : ['ps', '-ww', '-o', 'command=', '-p', String(pid)];
  const { stdout } = await promisify(execFile)(program ?? '', args, { timeout: LOOK_MS, windowsHide: true });
  return stdout;
}
