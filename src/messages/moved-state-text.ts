import type { CurrentObject, StateScope } from '../backend/state-error.ts';
import { describeCurrent } from './describe-current.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** What a refused plan or gate means for the job. Ends a first line. */
export const NOTHING_RAN = '; nothing was applied';
export const PLAN_AGAIN = 'Plan again on the state as it is now.';

/** A state whose fingerprint is not the expected one. */
export interface MovedState {
  readonly expected: string;
  readonly actual: string;
  readonly current: CurrentObject | undefined;
}

/**
 * The words for a state that has changed. `since` ends the sentence "the state has changed since ...". `given` names the
 * source of the expected fingerprint. Pure.
 */
export function movedStateLines(
  scope: StateScope,
  { expected, actual, current }: MovedState,
  since: string,
  given: string,
): readonly string[] {
  return [
    `The state ${stateUrl(scope)} has changed since ${since}.`,
    `  ${given}: ${plain(expected)}`,
    `  ${'now:'.padEnd(given.length + 1)} ${plain(actual)}`,
    `Now ${describeCurrent(current)}`,
  ];
}
