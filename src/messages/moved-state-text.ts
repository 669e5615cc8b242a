import type { CurrentObject, StateScope } from '../backend/state-error.ts';
import { lastWriteLine } from './describe-current.ts';
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

/** The words around a state that has changed. */
export interface MovedWords {
  /** Ends the sentence "the state has changed since ...". */
  readonly since: string;
  readonly fix: string;
  /** A sentence about the plan; undefined when only its fingerprint is known. */
  readonly plan?: string;
  /** The source of the expected fingerprint. */
  readonly given: string;
}

/** A state that has changed: what to do, who changed it, and both fingerprints. Pure. */
export function explainMovedState(
  scope: StateScope,
  { expected, actual, current }: MovedState,
  { since, fix, plan, given }: MovedWords,
): string {
  return [
    `The state ${stateUrl(scope)} has changed since ${since}.`,
    fix,
    lastWriteLine(current),
    ...(plan === undefined ? [] : [plan]),
    `  ${given}: ${plain(expected)}`,
    `  ${'now:'.padEnd(given.length + 1)} ${plain(actual)}`,
  ].join('\n');
}
