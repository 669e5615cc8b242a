import { hold } from './action/hold/hold.ts';
import { runStep } from './run-step.ts';

/** On cancel nothing is worth finishing; and how long to wait for a lock is the user's to say. */
export const main = (): Promise<void> => runStep(hold, { graceMs: 0, totalMs: undefined });
