import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { freeze as freezeStep } from './steps/freeze/freeze.ts';

/** On cancel what was taken is given back; and how long to wait for a lock is the user's to say. */
export const freeze = (): Promise<void> =>
  runStep(freezeStep, { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS });
