import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { connectAws } from '../../src/aws/connect.ts';
import { connectGitHub } from '../../src/github/api.ts';
import { lookUpEachRunOnce, lookUpRun } from '../../src/github/run-status.ts';
import type { Dependencies } from '../../src/job-state/dependencies.ts';
import { explainFailure } from '../../src/messages/explain-failure.ts';
import { TRY_FOR_MS } from '../../src/runner/interrupt.ts';
import { readJob } from '../../src/runner/job.ts';
import { type Machine, thisMachine } from '../../src/runner/machine.ts';
import { type Processes, systemProcesses } from '../../src/runner/processes.ts';
import { maskableParts, neutralize, type Runner } from '../../src/runner/runner.ts';
import { showControls } from '../../src/text/show-controls.ts';
import { systemClock } from '../../src/time/clock.ts';
import { collectLines, type ProcessOptions, type RunnerProcess } from './runner-process.ts';

type Step = (deps: Dependencies) => Promise<void>;

/** The steps by the entry that starts them in `dist/`, composed as `src/<entry>.ts` composes them. */
const STEPS: Readonly<Record<string, () => Promise<Step>>> = {
  main: async () => (await import('../../src/main.ts')).runMain,
  post: async () => (await import('../../src/post.ts')).runPost,
  check: async () => {
    const { check } = await import('../../src/steps/check/check.ts');
    return (deps) => check({ ...deps, connectGitHub });
  },
  freeze: async () => (await import('../../src/steps/freeze/freeze.ts')).freeze,
  history: async () => (await import('../../src/steps/history/history.ts')).history,
  locks: async () => {
    const { locks } = await import('../../src/steps/locks/locks.ts');
    return (deps) => locks({ ...deps, connectGitHub, lookUpRun: lookUpEachRunOnce() });
  },
  migrate: async () => {
    const { migrate } = await import('../../src/steps/migrate/migrate.ts');
    return (deps) => migrate({ ...deps, lookUpRun: lookUpEachRunOnce() });
  },
  outputs: async () => {
    const { outputs } = await import('../../src/steps/outputs/outputs.ts');
    return (deps) => outputs({ ...deps, connectGitHub });
  },
  unlock: async () => (await import('../../src/steps/unlock/unlock.ts')).unlock,
  workspaces: async () => (await import('../../src/steps/workspaces/workspaces.ts')).workspaces,
};

/** No test may change this machine: as in `createFolders`, nobody may use sudo. */
const MACHINE: Machine = {
  ...thisMachine,
  rename: async () => {
    throw new Error('sudo: a password is required');
  },
};

/** A checkpointer needs a `dist/` to start from, so that its job does, too. */
function noProcesses(): { readonly processes: Processes; readonly wanted: string[] } {
  const wanted: string[] = [];
  const start = async (entry: string): Promise<never> => {
    wanted.push(entry);
    throw new Error('no process');
  };
  return { processes: { ...systemProcesses, start }, wanted };
}

let isChosen = false;

/**
 * In a `describe`, for further cases of what another test shows with `dist/`: the actions of jobs run in this process, from `src/`,
 * which takes a quarter of the CPU. A job with a checkpointer, and a step that gets a signal, need `dist/`.
 */
export function runStepsInProcess(): void {
  beforeAll(() => {
    isChosen = true;
  });
  afterAll(() => {
    isChosen = false;
  });
}

export function stepsRunInProcess(): boolean {
  return isChosen;
}

/** The home folder belongs to the whole process. */
let isRunning = false;

/**
 * Runs the step of an entry of `dist/` in this process, with its real dependencies. What it reports takes the same way as a
 * process's: lines of a log and command files. It can't be signalled.
 */
export function startInProcess(file: string, { env, onLine }: Omit<ProcessOptions, 'cwd'>): RunnerProcess {
  const lines = collectLines(onLine);
  const write = (text: string): void => {
    for (const line of text.split(/\r\n|\n|\r/)) lines.take(line);
  };
  const end = runEntry(basename(file, '.js'), env, write).then((isRed) => ({
    exitCode: isRed ? 1 : 0,
    signal: undefined,
    cancelled: false,
  }));
  const refuse = (): never => {
    throw new Error('a step in this process gets no signals');
  };
  return {
    pid: process.pid,
    rawStdout: () => lines.seen.join('\n'),
    rawStderr: () => '',
    signal: refuse,
    cancel: refuse,
    waitForLine: (pattern) => lines.waitFor(pattern, end),
    end,
  };
}

/** Returns whether the step failed. */
async function runEntry(
  entry: string,
  env: Record<string, string>,
  write: (line: string) => void,
): Promise<boolean> {
  if (isRunning) throw new Error('only one step at a time runs in this process');
  const load = STEPS[entry];
  if (load === undefined) throw new Error(`${entry} does not run in this process`);
  isRunning = true;
  vi.stubEnv('HOME', env.HOME);
  const { runner, hasFailed } = commandRunner(env, write);
  const { processes, wanted } = noProcesses();
  const exit = new AbortController();
  try {
    await (await load())({ ...dependencies(entry, env, runner, exit.signal), processes });
  } catch (error) {
    runner.fail(explainFailure(error, readJob(env), Date.now()));
  } finally {
    // What a step leaves to run beside it ends with its process.
    exit.abort(new Error('the step is over'));
    vi.unstubAllEnvs();
    isRunning = false;
  }
  if (wanted.length > 0)
    throw new Error(`${entry} starts the ${wanted}: run it with dist/, not in this process`);
  return hasFailed();
}

function dependencies(
  entry: string,
  env: Record<string, string>,
  runner: Runner,
  signal: AbortSignal,
): Omit<Dependencies, 'processes'> {
  return {
    env,
    runner,
    clock: systemClock,
    signal,
    cleanupSignal: () => signal,
    tryForMs: entry === 'post' ? Number.POSITIVE_INFINITY : TRY_FOR_MS,
    random: Math.random,
    connect: connectAws,
    lookUpRun,
    machine: MACHINE,
  };
}

/** A runner that writes the same commands as the real one. */
function commandRunner(env: Record<string, string>, write: (line: string) => void) {
  let failed = false;
  const shown = (text: string): string => showControls(text, '\n\r\t');
  const command = (name: string, text: string): void => write(`::${name}::${escapeData(text)}`);
  const pair = (variable: string, name: string, value: string): void => {
    const end = `end-${randomUUID()}`;
    appendFileSync(env[variable] ?? '', `${name}<<${end}\n${value}\n${end}\n`);
  };
  const runner: Runner = {
    info: (text) => write(neutralize(shown(text))),
    debug: (text) => {
      if (env.RUNNER_DEBUG === '1') command('debug', shown(text));
    },
    notice: (text) => command('notice', shown(text)),
    warning: (text) => command('warning', shown(text)),
    group: async (title, work) => {
      command('group', neutralize(shown(title)));
      try {
        return await work();
      } finally {
        command('endgroup', '');
      }
    },
    mask: (value) => {
      for (const part of maskableParts(value)) command('add-mask', part);
    },
    output: (name, value) => pair('GITHUB_OUTPUT', name, value),
    saveState: (name, value) => pair('GITHUB_STATE', name, value),
    exportVariable: (name, value) => pair('GITHUB_ENV', name, value),
    summary: async (markdown) => appendFileSync(env.GITHUB_STEP_SUMMARY ?? '', `${shown(markdown)}\n`),
    fail: (message) => {
      failed = true;
      command('error', shown(message));
    },
  };
  return { runner, hasFailed: () => failed };
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
