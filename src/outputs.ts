import { connectGitHub } from './github/api.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { outputs as outputsStep } from './steps/outputs/outputs.ts';

/**
 * After a cancellation there is nothing to finish: the step holds and writes nothing. GitHub's rate limits may require
 * minutes.
 */
export const outputs = (): Promise<void> =>
  runStep((deps) => outputsStep({ ...deps, connectGitHub }), {
    graceMs: 0,
    totalMs: 900_000,
    tryForMs: TRY_FOR_MS,
  });
