import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { workspaces as workspacesStep } from './steps/workspaces/workspaces.ts';

/** After a cancellation the step frees its lock. The user decides how long it waits for one. */
export const workspaces = (): Promise<void> =>
  runStep(workspacesStep, { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS });
