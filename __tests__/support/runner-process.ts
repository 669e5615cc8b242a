import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { Readable } from 'node:stream';

/** The runner's timing of a cancel, in ms after SIGINT (docs/runner.md#cancellation). */
const CANCEL_TERM_MS = 7_500;
const CANCEL_KILL_MS = 10_000;
/** How long the runner waits for a child that inherited the pipes. */
const PIPE_LIMIT_MS = 5_000;

/** How a process ended. */
export interface ProcessEnd {
  /** Exit code; 128 + signal number when a signal ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
  /** Whether `cancel` was called while it ran. */
  readonly cancelled: boolean;
}

export interface CancelOptions {
  /** Factor on the runner's 7.5 s and 10 s; 1 when left out. */
  readonly scale?: number;
}

/** A process that the runner controls. */
export interface RunnerProcess {
  readonly pid: number;
  readonly rawStdout: () => string;
  readonly rawStderr: () => string;
  /** Sends one signal to this process only, as the runner does; false when it has ended. */
  signal(name: NodeJS.Signals): boolean;
  /** The runner's cancel: SIGINT, SIGTERM at 7.5 s, SIGKILL at 10 s, each only while it lives. */
  cancel(options?: CancelOptions): void;
  /** The first matching line, past or future, of either stream; rejects if the process ends without one. */
  waitForLine(pattern: RegExp): Promise<string>;
  readonly end: Promise<ProcessEnd>;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  /** The content of its standard input; closed when left out. */
  readonly input?: string;
  /** Called with each line of stdout and stderr as it comes. */
  readonly onLine: (line: string) => void;
}

/** The lines that a process has printed, and who waits for one. */
interface Lines {
  readonly seen: string[];
  /** Takes the next line. */
  take(line: string): void;
  /** As `RunnerProcess.waitForLine`. */
  waitFor(pattern: RegExp, end: Promise<unknown>): Promise<string>;
}

/** Starts a program whose output streams are read line by line. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): RunnerProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {}).end(options.input);
  const lines = collectLines(options.onLine);
  const stdout = readLines(child.stdout ?? Readable.from([]), lines.take);
  const stderr = readLines(child.stderr ?? Readable.from([]), lines.take);
  let cancelled = false;
  const end = waitForEnd(child, [stdout.closed, stderr.closed]).then((how) => ({ ...how, cancelled }));
  end.catch(() => {});
  return {
    pid: child.pid ?? -1,
    rawStdout: stdout.text,
    rawStderr: stderr.text,
    signal: (name) => child.kill(name),
    cancel: ({ scale = 1 } = {}) => {
      cancelled = child.exitCode === null && child.signalCode === null;
      cancelChild(child, scale);
    },
    waitForLine: (pattern) => lines.waitFor(pattern, end),
    end,
  };
}

function cancelChild(child: ChildProcess, scale: number): void {
  child.kill('SIGINT');
  const term = setTimeout(() => child.kill('SIGTERM'), CANCEL_TERM_MS * scale);
  const kill = setTimeout(() => child.kill('SIGKILL'), CANCEL_KILL_MS * scale);
  child.once('exit', () => {
    clearTimeout(term);
    clearTimeout(kill);
  });
}

async function waitForEnd(
  child: ChildProcess,
  closed: Promise<unknown>[],
): Promise<{ exitCode: number; signal: NodeJS.Signals | undefined }> {
  const [code, signal]: [number | null, NodeJS.Signals | null] = await onceExit(child);
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, PIPE_LIMIT_MS);
  await Promise.race([Promise.all(closed), limit.promise]);
  clearTimeout(timer);
  // Processes that still hold the pipes may write on, as below the real runner, which no longer cares.
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
  return { exitCode: code ?? 128 + (signal ? constants.signals[signal] : 0), signal: signal ?? undefined };
}

/** A program that cannot be started never exits: its 'error' rejects. */
async function onceExit(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  const [code, signal] = await once(child, 'exit');
  return [code, signal];
}

/** Collects lines, each of which goes to `onLine`, too. */
export function collectLines(onLine: (line: string) => void): Lines {
  const seen: string[] = [];
  const waiting = new Set<(line: string) => void>();
  return {
    seen,
    take: (line) => {
      seen.push(line);
      onLine(line);
      for (const look of [...waiting]) look(line);
    },
    waitFor: (pattern, end) => {
      const found = seen.find((line) => pattern.test(line));
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const look = (line: string) => {
          if (!pattern.test(line)) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        const giveUp = () =>
          reject(new Error(`ended without a line like ${pattern}; printed:\n${seen.join('\n')}`));
        end.then(giveUp, giveUp);
      });
    },
  };
}

/** Splits at CR, LF or CRLF as .NET does; other Unicode line ends stay within a line. */
function readLines(
  stream: Readable,
  take: (line: string) => void,
): { text: () => string; closed: Promise<void> } {
  const chunks: string[] = [];
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    chunks.push(chunk);
    const parts = (rest + chunk).split(/\r\n|\n|\r(?=.)/s);
    rest = parts.pop() ?? '';
    parts.forEach(take);
  });
  const closed = new Promise<void>((resolve) => {
    stream.once('close', () => {
      if (rest !== '') take(rest.replace(/\r$/, ''));
      resolve();
    });
  });
  return { text: () => chunks.join(''), closed };
}
