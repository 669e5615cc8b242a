import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { freeze as freezeStep } from './steps/freeze/freeze.ts';

/** After a cancellation the step releases the locks it took. The user decides how long it waits for a lock. */
export const freeze = (): Promise<void> =>
  runStep(freezeStep, { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS });
