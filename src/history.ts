import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { history as historyStep } from './steps/history/history.ts';

/** On cancel the lock is freed; and how long to wait for one is the user's to say. */
export const history = (): Promise<void> =>
  runStep(historyStep, { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS });
