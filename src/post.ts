import type { Dependencies } from './job-state/dependencies.ts';
import { runStep } from './run-step.ts';
import { type OtherSteps, pushAndRelease } from './steps/post/push-and-release.ts';

const others: OtherSteps = {
  freeOrphanedLock: async (...args) => {
    const { freeOrphanedLock } = await import('./steps/lock-cleanup/free-orphaned-lock.ts');
    await freeOrphanedLock(...args);
  },
};

/** Post with the step to which it delegates. */
export const runPost = (deps: Dependencies): Promise<void> => pushAndRelease(deps, others);

/**
 * A push that is running when the runner interrupts may finish, and everything fits in the time that a cancelled job
 * gets. Nothing runs after post, so it tries until the end of that time.
 */
export const post = (): Promise<void> =>
  runStep(
    runPost,
    { graceMs: 3_000, totalMs: 180_000, tryForMs: Number.POSITIVE_INFINITY },
    { sharesCode: true },
  );
