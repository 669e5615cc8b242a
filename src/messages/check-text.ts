import type { CurrentObject, StateScope } from '../backend/state-error.ts';
import { renderWrite, toLastWrite } from './describe-current.ts';
import { explainPlan } from './explain-plan.ts';
import { code, htmlTable, link } from './html.ts';
import { explainMovedState, PLAN_AGAIN } from './moved-state-text.ts';
import type { Misfit } from './plan-status-text.ts';
import { stateUrl } from './state-url.ts';

/** The log's line for a plan that fits. Pure. */
export function freshLine(scope: StateScope, serial: bigint | undefined): string {
  const url = stateUrl(scope);
  return serial === undefined
    ? `There is still no state at ${url}.`
    : `The state ${url}, serial ${serial}, has not changed since the plan was made.`;
}

/** Why a plan does not fit, and what to do, in the words of the job that would apply it. Pure. */
export function explainMisfit(scope: StateScope, misfit: Misfit): string {
  if (misfit.reason !== 'fingerprint_mismatch') return explainPlan(scope, misfit, '');
  const words = { since: 'the plan was made', fix: PLAN_AGAIN, given: 'planned on' };
  return explainMovedState(scope, misfit, words);
}

/** One block of Markdown for the job's page. `misfits`: the descriptions of the commit statuses. Pure. */
export function renderCheck(
  scope: StateScope,
  misfits: readonly string[],
  current: CurrentObject | undefined,
): string {
  const title = misfits.length === 0 ? '✅ The plan fits the state' : '❌ The plan does not fit the state';
  const rows: [string, string][] = [['State', code(stateUrl(scope))]];
  for (const misfit of misfits) rows.push(['Why', code(misfit)]);
  if (misfits.length > 0) {
    const none = 'none: there is no state now';
    rows.push(['Last write', current === undefined ? none : renderWrite(toLastWrite(current), scope)]);
  }
  return [`### ${title}`, '', htmlTable(rows), ''].join('\n');
}

/** A pull request and what its status says. */
export interface CheckedRow {
  readonly number: number;
  readonly url: string | undefined;
  readonly isFresh: boolean;
  readonly description: string;
}

// Each pull request is a row; a page with thousands of rows helps nobody.
const LISTED = 200;

/** The same block for the plans of all open pull requests. Those that don't fit come first. Pure. */
export function renderPullRequests(scope: StateScope, rows: readonly CheckedRow[]): string {
  const stale = rows.filter(({ isFresh }) => !isFresh);
  const ordered = [...stale, ...rows.filter(({ isFresh }) => isFresh)];
  const shown = ordered
    .slice(0, LISTED)
    .map(({ number, url, isFresh, description }): [string, string] => [
      link(`#${number}`, url),
      `${isFresh ? '✅' : '❌'} ${code(description)}`,
    ]);
  const more = rows.length > LISTED ? [`and ${rows.length - LISTED} more`] : [];
  const title =
    rows.length === 0
      ? NO_PLANS
      : `${rows.length - stale.length} of ${rows.length} plans of open pull requests fit the state`;
  return [
    `### ${stale.length === 0 ? '✅' : '❌'} ${title}`,
    '',
    htmlTable([['State', code(stateUrl(scope))], ...shown]),
    ...more,
    '',
  ].join('\n');
}

/** The log's line for a pull request. Pure. */
export function pullRequestLine({ number, description }: CheckedRow, isSet: boolean): string {
  return `Pull request #${number}: ${description}${isSet ? '' : ' (its status already says so)'}.`;
}

const NO_PLANS = 'No open pull request has a plan for the state';
/** The log's line when there is nothing to check. */
export const NO_PLANS_LINE = `${NO_PLANS}.`;

/** The log's line for the plan records that were left out. Pure. */
export function olderPlansText(looked: number, all: number): string {
  return `Checked only the newest ${looked} of the ${all} plans beside the state. Add a lifecycle rule to the bucket that expires old plans.`;
}

/** Why no status could be set, in words for an error. Pure. */
export function explainNotSet(context: string, isForbidden: boolean, why: string): string {
  const needs = isForbidden
    ? ' github_token needs pull-requests: read and statuses: write. The token of a run for a fork never has them.'
    : '';
  return `The commit statuses ${context} could not be set on pull requests.${needs} ${why}`;
}
