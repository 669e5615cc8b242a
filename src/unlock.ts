import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { unlock as unlockStep } from './steps/unlock/unlock.ts';

/**
 * After a cancellation there is nothing to finish: a running delete is conditional, and can be repeated. The longest
 * proof takes 10 minutes.
 */
export const unlock = (): Promise<void> =>
  runStep(unlockStep, { graceMs: 0, totalMs: 900_000, tryForMs: TRY_FOR_MS });
