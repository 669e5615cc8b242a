import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { history as historyStep } from './steps/history/history.ts';

/** After a cancellation the step frees its lock. The user decides how long it waits for one. */
export const history = (): Promise<void> =>
  runStep(historyStep, { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS });
