import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { unlock as unlockStory } from './steps/unlock/unlock.ts';

/**
 * On cancel nothing is worth finishing: a delete that was under way is conditional, and may be asked for again. The
 * longest proof takes 10 minutes.
 */
export const unlock = (): Promise<void> =>
  runStep(unlockStory, { graceMs: 0, totalMs: 900_000, tryForMs: TRY_FOR_MS });
