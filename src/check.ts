import { connectGitHub } from './github/api.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { check as checkStory } from './steps/check/check.ts';

/** On cancel nothing is worth finishing: nothing is held, and the next run sets what statuses are left. GitHub's limits may ask for minutes. */
export const check = (): Promise<void> =>
  runStep((deps) => checkStory({ ...deps, connectGitHub }), {
    graceMs: 0,
    totalMs: 900_000,
    tryForMs: TRY_FOR_MS,
  });
