import { connectGitHub } from './github/api.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { check as checkStep } from './steps/check/check.ts';

/**
 * After a cancellation there is nothing to finish: the step holds nothing, and the next run sets the remaining
 * statuses. GitHub's rate limits may require minutes.
 */
export const check = (): Promise<void> =>
  runStep((deps) => checkStep({ ...deps, connectGitHub }), {
    graceMs: 0,
    totalMs: 900_000,
    tryForMs: TRY_FOR_MS,
  });
