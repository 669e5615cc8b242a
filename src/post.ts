import type { Dependencies } from './job-state/dependencies.ts';
import { runStep } from './run-step.ts';
import { freeOrphanedLock } from './steps/lock-cleanup/free-orphaned-lock.ts';
import { pushAndRelease } from './steps/post/push-and-release.ts';

/** Post with the step that it hands over to. */
export const runPost = (deps: Dependencies): Promise<void> => pushAndRelease(deps, { freeOrphanedLock });

/**
 * A push under way when the runner interrupts may end; and all of it fits into what a cancelled job gets. Nobody comes
 * after post, so it tries until then.
 */
export const post = (): Promise<void> =>
  runStep(runPost, { graceMs: 3_000, totalMs: 180_000, tryForMs: Number.POSITIVE_INFINITY });
