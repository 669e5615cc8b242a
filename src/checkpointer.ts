import { runStep } from './run-step.ts';
import { runCheckpointer } from './steps/checkpointer/run-checkpointer.ts';

/**
 * Started by main with the worker's process id, ended by post: at once, since post knows how to go on from anywhere.
 */
export const checkpointer = (): Promise<void> =>
  runStep((deps) => runCheckpointer(deps, workerPid()), { graceMs: 0, totalMs: undefined });

/** The arguments are the private directory, by which post knows this process again, and the worker. */
function workerPid(): number | undefined {
  return Number(process.argv[3]) || undefined;
}
