import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that runs beside the tests and ends no later than they do. */
export interface Daemon {
  readonly isRunning: () => boolean;
  /** Kills it and waits until it is gone. */
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 100;

/** Starts a server whose output goes to `logPath`. */
export function startDaemon(
  program: string,
  args: readonly string[],
  logPath: string,
  env: Record<string, string> = {},
): Daemon {
  const log = openSync(logPath, 'w');
  const child = spawn(program, args, {
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
  });
  closeSync(log);
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  // `isRunning` shows that a program couldn't be started.
  child.once('error', () => {});
  return {
    isRunning: () => isAlive(child),
    stop: async () => {
      process.off('exit', killOnExit);
      await end(child);
    },
  };
}

/** Resolves once a server answers HTTP. Throws with the end of its log when it ends, or has not after `limitMs`. */
export async function untilAnswering(
  url: string,
  daemon: Daemon,
  logPath: string,
  limitMs: number,
): Promise<void> {
  const until = performance.now() + limitMs;
  while (!(await answers(url))) {
    if (!daemon.isRunning() || performance.now() > until) {
      throw new Error(`nothing answers at ${url}: ${readFileSync(logPath, 'utf8').slice(-2_000)}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => true,
    () => false,
  );
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess): Promise<void> {
  if (!isAlive(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
