import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from './inputs.ts';

/** What is known about a process's command line. `gone`: the process no longer exists. */
export type CommandLine =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable' };

/** How to start another entry of this action. */
export interface StartOptions {
  readonly args: readonly string[];
  /** Anybody who may inspect the process can read it, so it must contain no secret. */
  readonly env: Environment;
  /** Written to its standard input, which is then closed. Nothing else can see it. */
  readonly input: string;
}

/** Other processes of this machine. */
export interface Processes {
  /** The process that started this one; undefined when it can't be seen, as in a container. */
  readonly parent: number | undefined;
  /**
   * Starts another entry of this action as a process that outlives this one and keeps none of its pipes, which would
   * delay the end of the step. Returns its id once it has read its input. Errors: when it can't be started.
   */
  start(entry: string, options: StartOptions): Promise<number>;
  /** Whether a process with this id exists, even another user's. */
  isAlive(pid: number): boolean;
  commandLine(pid: number): Promise<CommandLine>;
  /** Sends a signal. A process that is gone is no error. */
  signal(pid: number, signal: NodeJS.Signals): void;
}

// PowerShell starts slowly.
const LOOK_MS = process.platform === 'win32' ? 10_000 : 2_000;
const TAKE_INPUT_MS = 10_000;

/** The real ones. */
export const systemProcesses: Processes = {
  parent: process.ppid > 1 ? process.ppid : undefined,
  async start(entry, { args, env, input }) {
    // Not relative to import.meta.url, because the bundler would treat that as a separate file.
    const script = join(dirname(process.argv[1] ?? ''), `${entry}.js`);
    await access(script);
    const child = spawn(process.execPath, [script, ...args], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      windowsHide: true,
      env,
    });
    await handInput(child, input);
    child.unref();
    if (child.pid === undefined) throw new Error(`${script} has no process id`);
    return child.pid;
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
    const text = await readCommandLine(pid);
    if (text === undefined) return systemProcesses.isAlive(pid) ? { kind: 'unreadable' } : { kind: 'gone' };
    // Empty for a zombie. In a container whose first process reaps none, it stays forever.
    return text.trim() === '' ? { kind: 'gone' } : { kind: 'read', text };
  },
  signal(pid, signal) {
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone, or we may not stop it. Either way there is nothing to do.
    }
  },
};

/** Throws when the process can't be started, or ends or hangs before it has read all of its input. */
async function handInput(child: ChildProcess, input: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('it did not take its input')), TAKE_INPUT_MS);
  child.once('error', reject);
  child.stdin?.once('error', reject);
  child.stdin?.once('close', () => resolve());
  child.stdin?.end(input);
  try {
    await promise;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
    child.stdin?.destroy();
  }
}

/** Undefined when it can't be determined. */
async function readCommandLine(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    }
    return (await askSystem(pid)).trim() || undefined;
  } catch {
    return undefined;
  }
}

async function askSystem(pid: number): Promise<string> {
  const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId = ${pid}').CommandLine`;
  const [program, ...args] =
    process.platform === 'win32'
      ? ['powershell', '-NoProfile', '-NonInteractive', '-Command', query]
      : ['ps', '-ww', '-o', 'command=', '-p', String(pid)];
  const { stdout } = await promisify(execFile)(program ?? '', args, { timeout: LOOK_MS, windowsHide: true });
  return stdout;
}
