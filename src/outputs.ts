import { connectGitHub } from './github/api.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { outputs as outputsStory } from './steps/outputs/outputs.ts';

/** On cancel nothing is worth finishing: nothing is held and nothing is written. GitHub's limits may ask for minutes. */
export const outputs = (): Promise<void> =>
  runStep((deps) => outputsStory({ ...deps, connectGitHub }), {
    graceMs: 0,
    totalMs: 900_000,
    tryForMs: TRY_FOR_MS,
  });
