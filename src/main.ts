import { connectGitHub } from './github/api.ts';
import type { Dependencies } from './job-state/dependencies.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { hold } from './steps/main/hold.ts';
import type { OtherSteps } from './steps/main/holding.ts';

/** Most jobs need none of these, so they are loaded when they are needed. */
const others: OtherSteps = {
  startLockCleanup: async (...args) => {
    const { startLockCleanup } = await import('./steps/lock-cleanup/start-lock-cleanup.ts');
    await startLockCleanup(...args);
  },
  explainAccess: async (...args) => {
    const { explainAccess } = await import('./steps/doctor/explain-access.ts');
    return await explainAccess(...args);
  },
};

/** Main with the steps to which it delegates. */
export const runMain = (deps: Dependencies): Promise<void> => hold({ ...deps, connectGitHub }, others);

/** After a cancellation there is nothing to finish. The user decides how long main waits for a lock. */
export const main = (): Promise<void> =>
  runStep(runMain, { graceMs: 0, totalMs: undefined, tryForMs: TRY_FOR_MS }, { sharesCode: true });
