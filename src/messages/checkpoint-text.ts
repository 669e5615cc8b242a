import type { StateScope } from '../backend/state-error.ts';
import { explain } from './explain.ts';
import { stateUrl } from './state-url.ts';

/** The warning for a checkpoint that was stored under the lock but could not be checked again. `now`: ms since the epoch. Pure. */
export function explainUnconfirmedCheckpoint(scope: StateScope, error: unknown, now: number): string {
  return [
    `The last checkpoint in ${stateUrl(scope)} could not be checked again.`,
    'It counts as pushed, because this job still held the lock after storing it. Only a write without the lock can have replaced it since.',
    explain(error, now),
  ].join('\n');
}
