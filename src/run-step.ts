import { type Dependencies, realDependencies } from './job-state/dependencies.ts';
import { explainFailure } from './messages/explain-failure.ts';
import type { WorkLimits } from './runner/interrupt.ts';
import { readJob } from './runner/job.ts';
import { keepMemorySmall } from './runner/memory.ts';

const EXIT_AFTER_MS = 1_000;

/** Runs one story with the real parts; an error turns the step red, in words. */
export async function runStep(
  story: (deps: Dependencies) => Promise<void>,
  limits: WorkLimits,
): Promise<void> {
  keepMemorySmall();
  const deps = realDependencies(limits);
  try {
    await story(deps);
  } catch (error) {
    deps.runner.fail(explainFailure(error, readJob(deps.env), deps.clock.now()));
  }
  // Nothing is to be waited for any more; but a credential_process that hangs would keep the program alive.
  setTimeout(() => process.exit(), EXIT_AFTER_MS).unref();
}
