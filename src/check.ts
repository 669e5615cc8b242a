import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { check as checkStory } from './steps/check/check.ts';

/** On cancel nothing is worth finishing: nothing is held and nothing is written. */
export const check = (): Promise<void> =>
  runStep(checkStory, { graceMs: 0, totalMs: 300_000, tryForMs: TRY_FOR_MS });
