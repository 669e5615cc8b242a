import { release } from './action/release/release.ts';
import { runStep } from './run-step.ts';

/** A push under way when the runner interrupts may end; and all of it fits into what a cancelled job gets. */
export const post = (): Promise<void> => runStep(release, { graceMs: 3_000, totalMs: 180_000 });
