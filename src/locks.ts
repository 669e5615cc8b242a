import { connectGitHub } from './github/api.ts';
import { lookUpEachRunOnce } from './github/run-status.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { locks as locksStep } from './steps/locks/locks.ts';

/**
 * After a cancellation there is nothing to finish: every delete is conditional, and the next run continues from there.
 * The step lists a bucket of any size and watches heartbeats, and GitHub's rate limits may require minutes.
 */
export const locks = (): Promise<void> =>
  runStep((deps) => locksStep({ ...deps, connectGitHub, lookUpRun: lookUpEachRunOnce() }), {
    graceMs: 0,
    totalMs: 1_800_000,
    tryForMs: TRY_FOR_MS,
  });
