import { connectGitHub } from './github/api.ts';
import type { Dependencies } from './job-state/dependencies.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { explainAccess } from './steps/doctor/explain-access.ts';
import { startLockCleanup } from './steps/lock-cleanup/start-lock-cleanup.ts';
import { hold } from './steps/main/hold.ts';

/** Main with the steps to which it delegates. */
export const runMain = (deps: Dependencies): Promise<void> =>
  hold({ ...deps, connectGitHub }, { startLockCleanup, explainAccess });

/** After a cancellation there is nothing to finish. The user decides how long main waits for a lock. */
export const main = (): Promise<void> =>
  runStep(runMain, { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS });
