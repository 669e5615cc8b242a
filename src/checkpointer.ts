import { closeSync, openSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { devNull } from 'node:os';
import { readHandOver } from './job-processes/checkpointer-hand-over.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { runCheckpointer } from './steps/checkpointer/run-checkpointer.ts';

/**
 * Started by main with the worker's process id, ended by post: at once, since post knows how to go on from anywhere.
 */
export const checkpointer = (): Promise<void> => {
  // Now, since post ends this process without its consent, and then starts from what is compiled here.
  flushCompileCache();
  // Into the memory of this process only: its environment, which others can read, stays as it was started with.
  Object.assign(process.env, readHandOver(takeInput()));
  return runStep((deps) => runCheckpointer(deps, workerPid()), {
    graceMs: 0,
    totalMs: undefined,
    tryForMs: TRY_FOR_MS,
  });
};

/** All that main wrote, up to its end of the pipe; then nothing of the pipe is kept. */
function takeInput(): string {
  const text = readFileSync(0, 'utf8');
  closeSync(0);
  // The next file that is opened is not to become the standard input.
  openSync(devNull, 'r');
  return text;
}

/** The arguments are the private directory, by which post knows this process again, and the worker. */
function workerPid(): number | undefined {
  return Number(process.argv[3]) || undefined;
}
