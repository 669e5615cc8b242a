import type { ActionFailure, ActionReport } from '../../action/run-action.ts';
import type { StateScope } from '../../backend/state-error.ts';
import { explainMisfit, renderCheck, renderPullRequests } from '../../messages/check-text.ts';
import { CodedError } from '../../messages/coded-error.ts';
import { plain } from '../../messages/plain.ts';
import { misfitStatus } from '../../messages/plan-status-text.ts';
import { pullRequestPage } from '../../messages/pull-request-page.ts';
import { stateJson } from '../../messages/state-json.ts';
import { describeStateFailure, type ErrorReason, firstCause } from '../../messages/to-reason-code.ts';
import { toIsoTime } from '../../time/format-time.ts';
import { NotSet, toRow } from './check-pull-requests.ts';
import { type Freshness, findMover, type MisfitCode, misfitCode } from './compare-state.ts';
import type { CheckedHead } from './decide-statuses.ts';

/** The outputs of the check action; `check/action.yml` declares the same (a test compares them). */
export const CHECK_OUTPUTS = ['fresh', 'moved_by', 'pull_requests', 'reason_code', 'result'] as const;

/** The result of the action: for one plan, or for those of all open pull requests. */
export type CheckEnd =
  | {
      readonly kind: 'plan';
      readonly scope: StateScope;
      readonly freshness: Freshness;
    }
  | {
      readonly kind: 'pull_requests';
      readonly scope: StateScope;
      /** `owner/name`. */
      readonly repository: string;
      readonly checked: readonly CheckedHead[];
      readonly freshness: Freshness;
    };

/** Why the step ends as it does. */
export type CheckCode = 'fresh' | 'checked' | 'statuses_not_set' | MisfitCode | ErrorReason;

/** The plan does not fit; `message` is for the user. */
export class NotFresh extends CodedError<MisfitCode> {
  override readonly name = 'NotFresh';
}

/** The report of the result. A step whose single plan does not fit fails. Pure. */
export function describeEnd(end: CheckEnd): ActionReport {
  const { scope, freshness } = end;
  const mover = moverJson(freshness);
  const state = { state: stateJson(scope.address), fingerprint: freshness.fingerprint };
  if (end.kind === 'pull_requests') return describePullRequests(end, state, mover);
  const { misfits, state: now } = freshness;
  const fresh = misfits.length === 0;
  const [first] = misfits;
  const code: CheckCode = first === undefined ? 'fresh' : misfitCode(first);
  const current = now?.object;
  const explanations = misfits.map((misfit) => explainMisfit(scope, misfit));
  return {
    code,
    details: { ...state, fresh, moved_by: mover, reasons: misfits.map(misfitCode) },
    outputs: { fresh: String(fresh), moved_by: JSON.stringify(mover) },
    summary: () => {
      const words = misfits.map((misfit) => misfitStatus(misfit, findMover(freshness)));
      return renderCheck(scope, words, current);
    },
    problem: first && new NotFresh(misfitCode(first), explanations.join('\n\n')),
  };
}

/** What workflows read about a failed step. Pure. */
export function describeCheckFailure(error: unknown): ActionFailure {
  const cause = firstCause(error);
  const failure = describeStateFailure(error);
  return cause instanceof NotSet ? { code: cause.code, details: failure.details } : failure;
}

function describePullRequests(
  { scope, repository, checked }: Extract<CheckEnd, { kind: 'pull_requests' }>,
  state: Readonly<Record<string, unknown>>,
  mover: Record<string, string | null> | null,
): ActionReport {
  const code: CheckCode = 'checked';
  const fresh = checked.every(({ misfit }) => misfit === undefined);
  const pullRequests = checked.map(({ number, sha, planId, misfit }) => ({
    number,
    sha,
    plan_id: planId,
    fresh: misfit === undefined,
    reason_code: misfit === undefined ? 'fresh' : misfitCode(misfit),
  }));
  const page = (number: number) => pullRequestPage(scope.githubServer, repository, number);
  return {
    code,
    details: { ...state, fresh, moved_by: mover, pull_requests: pullRequests },
    outputs: {
      fresh: String(fresh),
      moved_by: JSON.stringify(mover),
      pull_requests: JSON.stringify(pullRequests),
    },
    summary: () =>
      renderPullRequests(
        scope,
        checked.map((one) => toRow(one, page(one.number))),
      ),
    problem: undefined,
  };
}

/** Null when nobody changed it. A serial is a string, because JavaScript numbers don't keep all its digits. */
function moverJson(freshness: Freshness): Record<string, string | null> | null {
  const mover = findMover(freshness);
  if (mover === undefined) return null;
  return {
    run_url: mover.runUrl === null ? null : plain(mover.runUrl),
    actor: mover.actor === null ? null : plain(mover.actor),
    time: toIsoTime(mover.time?.getTime()),
    serial: mover.serial === null ? null : String(mover.serial),
  };
}
