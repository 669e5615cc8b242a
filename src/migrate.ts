import { lookUpEachRunOnce } from './github/run-status.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';
import { migrate as migrateStep } from './steps/migrate/migrate.ts';

/**
 * On cancel the locks that a state is finished under are freed; the next run goes on from there. Thousands of states are looked at one by one.
 */
export const migrate = (): Promise<void> =>
  runStep((deps) => migrateStep({ ...deps, lookUpRun: lookUpEachRunOnce() }), {
    graceMs: 0,
    totalMs: 3_600_000,
    tryForMs: TRY_FOR_MS,
  });
