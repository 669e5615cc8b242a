import { lookUpEachRunOnce } from './github/run-status.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';

/**
 * On cancel the locks that a state is finished under are freed; the next run goes on from there. Thousands of states are looked at one by one.
 */
export const migrate = (): Promise<void> =>
  runStep(
    async (deps) => {
      // Loaded here, so that it costs the start of no other step.
      const { migrate: migrateStep } = await import('./steps/migrate/migrate.ts');
      await migrateStep({ ...deps, lookUpRun: lookUpEachRunOnce() });
    },
    { graceMs: 0, totalMs: 3_600_000, tryForMs: TRY_FOR_MS },
  );
