import type { CurrentObject, StateScope } from '../backend/state-error.ts';
import { describeCurrent } from './describe-current.ts';
import { code, htmlTable } from './html.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** A state that is not the one that was planned on any more. */
export interface StaleState {
  readonly expected: string;
  readonly actual: string;
  /** Undefined: there is no state. */
  readonly current: CurrentObject | undefined;
}

/** Why a plan can't be applied any more, and what to do. Pure. */
export function explainStale(scope: StateScope, { expected, actual, current }: StaleState): string {
  return [
    `The state ${stateUrl(scope)} moved since it was planned on.`,
    `  planned on: ${plain(expected)}`,
    `  now:        ${plain(actual)}`,
    `Now ${describeCurrent(current)}`,
    'Plan again on the state as it is now.',
  ].join('\n');
}

/** The line of the log where the state did not move. Pure. */
export function freshLine(scope: StateScope, serial: bigint | undefined): string {
  const what =
    serial === undefined
      ? 'There is still no state'
      : `The state, serial ${serial}, is still as it was planned on`;
  return `${what}: ${stateUrl(scope)}.`;
}

/** One block of Markdown for the job's page. Pure. */
export function renderCheck(scope: StateScope, isFresh: boolean, { current }: StaleState): string {
  const title = isFresh ? '✅ The plan fits the state' : '❌ The state moved since the plan';
  const rows: [string, string][] = [['State', code(stateUrl(scope))]];
  if (!isFresh) rows.push(['Now', code(describeCurrent(current))]);
  return [`### ${title}`, '', htmlTable(rows), ''].join('\n');
}
