import { limitYoungSpace } from './backend/objects/limit-young-space.ts';
import { type Dependencies, realDependencies } from './job-state/dependencies.ts';
import { explainFailure } from './messages/explain-failure.ts';
import type { WorkLimits } from './runner/interrupt.ts';
import { readJob } from './runner/job.ts';

const EXIT_AFTER_MS = 1_000;

/**
 * Runs one step with its real dependencies. An error fails the step, with a message. `sharesCode`: the step uses the
 * compile cache of its job, so it limits its memory only when something is large.
 */
export async function runStep(
  step: (deps: Dependencies) => Promise<void>,
  limits: WorkLimits,
  { sharesCode = false } = {},
): Promise<void> {
  if (!sharesCode) limitYoungSpace();
  const deps = realDependencies(limits);
  try {
    await step(deps);
  } catch (error) {
    deps.runner.fail(explainFailure(error, readJob(deps.env), deps.clock.now()));
  }
  // Nothing is left to wait for, but a hanging credential_process would keep the program running.
  setTimeout(() => process.exit(), EXIT_AFTER_MS).unref();
}
