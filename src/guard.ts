import { guardState } from './action/guard/guard-state.ts';
import { runStep } from './run-step.ts';

/**
 * Started by main with the worker's process id, ended by post: at once, since post knows how to go on from anywhere.
 */
export const guard = (): Promise<void> =>
  runStep((deps) => guardState(deps, workerPid()), { graceMs: 0, totalMs: undefined });

/** The arguments are the private directory, by which post knows this process again, and the worker. */
function workerPid(): number | undefined {
  return Number(process.argv[3]) || undefined;
}
