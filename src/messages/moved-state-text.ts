import type { CurrentObject, StateScope } from '../backend/state-error.ts';
import { describeCurrent } from './describe-current.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** What a refusal of the job's plan or gate means for the job: ends a first line. */
export const NOTHING_RAN = '; nothing of this job has run';
export const PLAN_AGAIN = 'Plan again on the state as it is now.';

/** A state that is not what it was, by their fingerprints. */
export interface MovedState {
  readonly expected: string;
  readonly actual: string;
  readonly current: CurrentObject | undefined;
}

/**
 * The words for a state that moved. `since` ends the sentence "the state moved since ...", and `given` names what told the
 * expected fingerprint. Pure.
 */
export function movedStateLines(
  scope: StateScope,
  { expected, actual, current }: MovedState,
  since: string,
  given: string,
): readonly string[] {
  return [
    `The state ${stateUrl(scope)} moved since ${since}.`,
    `  ${given}: ${plain(expected)}`,
    `  ${'now:'.padEnd(given.length + 1)} ${plain(actual)}`,
    `Now ${describeCurrent(current)}`,
  ];
}
