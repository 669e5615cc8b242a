import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { workspaces as workspacesStep } from './steps/workspaces/workspaces.ts';

/** On cancel the lock is freed; and how long to wait for one is the user's to say. */
export const workspaces = (): Promise<void> =>
  runStep(workspacesStep, { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS });
