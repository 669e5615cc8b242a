import { closeSync, openSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { devNull } from 'node:os';
import { readHandOver } from './job-processes/checkpointer-hand-over.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { keepOptimizerOut } from './runner/memory.ts';
import { runCheckpointer } from './steps/checkpointer/run-checkpointer.ts';

/**
 * Main starts it with the worker's process id. Post stops it at any moment, because post can continue from any state
 * that it leaves.
 */
export const checkpointer = async (): Promise<void> => {
  // Now, because post stops this process without warning, and then starts from the code compiled here.
  flushCompileCache();
  keepOptimizerOut();
  // Only into this process's memory. Its environment, which others can read, stays as it was at the start.
  Object.assign(process.env, readHandOver(takeInput()));
  const limits = { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS };
  await runStep((deps) => runCheckpointer(deps, workerPid()), limits, { sharesCode: true });
  // Post waits for the end, and Node's own takes twice as long.
  process.exit();
};

/** Everything that main wrote before it closed the pipe. Afterwards, nothing of the pipe remains. */
function takeInput(): string {
  const text = readFileSync(0, 'utf8');
  closeSync(0);
  // The next opened file must not become the standard input.
  openSync(devNull, 'r');
  return text;
}

/** The arguments are the private directory, by which post recognizes this process, and the worker. */
function workerPid(): number | undefined {
  return Number(process.argv[3]) || undefined;
}
