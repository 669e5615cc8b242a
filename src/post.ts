import { release } from './action/release.ts';
import { runStep } from './run-step.ts';

// A push under way when the runner interrupts gets this long to end; the runner kills 10 s after.
const GRACE_MS = 3_000;

export const post = (): Promise<void> => runStep(release, GRACE_MS);
