import { connectGitHub } from './github/api.ts';
import { lookUpEachRunOnce } from './github/run-status.ts';
import { runStep } from './run-step.ts';
import { TRY_FOR_MS } from './runner/interrupt.ts';

/**
 * On cancel nothing is worth finishing: every delete is conditional, and the next run goes on from there. A bucket of any size is listed, heartbeats
 * are watched, and GitHub's limits may ask for minutes.
 */
export const locks = (): Promise<void> =>
  runStep(
    async (deps) => {
      // Loaded here, so that it costs the start of no other step.
      const { locks: locksStep } = await import('./steps/locks/locks.ts');
      await locksStep({ ...deps, connectGitHub, lookUpRun: lookUpEachRunOnce() });
    },
    { graceMs: 0, totalMs: 1_800_000, tryForMs: TRY_FOR_MS },
  );
