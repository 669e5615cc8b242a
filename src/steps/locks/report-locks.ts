import type { ActionFailure, ActionReport } from '../../action/run-action.ts';
import type { IssueOutcome } from '../../github/tracking-issue.ts';
import { countStatuses } from '../../messages/count-statuses.ts';
import { describeHolderStatus, HOLDER_STATUSES } from '../../messages/holder-status.ts';
import { findRunPage } from '../../messages/lock-text.ts';
import { type LocksPage, renderLocks } from '../../messages/locks-page.ts';
import type { FreeEnd, LockRow } from '../../messages/locks-text.ts';
import { takeFitting } from '../../messages/output-room.ts';
import { excerpt, plain } from '../../messages/plain.ts';
import { describeFailure, type ErrorReason, toReasonCode } from '../../messages/to-reason-code.ts';
import { joinErrors } from '../../text/error-message.ts';
import { toWholeSeconds } from '../../time/duration.ts';
import { toIsoTime } from '../../time/format-time.ts';
import { NoIssue } from './publish-issue.ts';

/** The outputs of the locks action; `locks/action.yml` declares the same (a test compares them). */
export const LOCKS_OUTPUTS = [
  'locks',
  'remnants',
  'lock_count',
  'dead_count',
  'freed_count',
  'issue_url',
  'reason_code',
  'result',
] as const;

/** The result of the action. */
export interface LocksEnd {
  readonly range: { readonly bucket: string; readonly prefix: string; readonly table: string | undefined };
  readonly page: LocksPage;
  readonly issue: IssueOutcome;
  /** Why a requested issue is missing. */
  readonly failure: NoIssue | undefined;
}

/** Why the step ends as it does. */
export type LocksCode = 'listed' | 'no_lock' | 'released' | NoIssue['code'] | ErrorReason;

// GitHub allows one megabyte for all outputs of a job, and counts two bytes per character.
const MOST_LOCKS = 250_000;
const MOST_REMNANTS = 60_000;
const MOST_SUMMARY = 500_000;
/** The characters kept of other people's text in one field. */
const KEPT = 500;

/** The report of the result. Pure. */
export function describeEnd({ range, page, issue, failure }: LocksEnd): ActionReport {
  const { rows, moreLocks, remnants } = page;
  const locks = takeFitting(
    rows.map((row) => describeLock(row, page)),
    MOST_LOCKS,
  );
  const left = {
    digests: takeFitting(remnants.lonelyDigests.map(plain), MOST_REMNANTS),
    rescue_copies: takeFitting(remnants.rescueCopies.map(describeCopy), MOST_REMNANTS),
    expired_plans: takeFitting(remnants.expiredPlans.map(describePlan), MOST_REMNANTS),
  };
  const dead = rows.filter(({ status }) => status.kind === 'dead').length;
  const freed = rows.filter(({ end }) => end?.kind === 'freed').length;
  const problem = findProblem(rows, failure);
  const url = issue.kind === 'none' ? undefined : issue.url;
  return {
    code: problem === undefined ? successCode(rows.length + moreLocks, freed) : problemCode(problem),
    details: {
      bucket: range.bucket,
      key_prefix: range.prefix,
      table: range.table ?? null,
      counts: Object.fromEntries(countStatuses(HOLDER_STATUSES, rows)),
      freed,
      not_looked_at: moreLocks,
      omitted: rows.length - locks.length,
      remnants: {
        digests: remnants.lonelyDigests.length,
        rescue_copies: remnants.rescueCopies.length,
        expired_plans: remnants.expiredPlans.length,
      },
      issue: url === undefined ? null : { url, deed: issue.kind },
    },
    outputs: {
      locks: JSON.stringify(locks),
      remnants: JSON.stringify(left),
      lock_count: String(rows.length + moreLocks),
      dead_count: String(dead),
      freed_count: String(freed),
      issue_url: url ?? '',
    },
    summary: () => renderLocks(page, MOST_SUMMARY),
    problem,
  };
}

/** What workflows read about a failed step. Pure. */
export function describeLocksFailure(error: unknown): ActionFailure {
  return describeFailure(error);
}

function describeLock(row: LockRow, { pages, now }: LocksPage) {
  const { found, status, end } = row;
  const [{ holder }] = found.stores;
  const { info } = holder;
  const heartbeat = found.stores.find((lock) => lock.heartbeat !== undefined)?.heartbeat;
  const text = (value: string | undefined) => (value === undefined ? null : excerpt(value, KEPT));
  return {
    key: plain(found.address.objectKey),
    places: found.stores.map(({ store }) => store),
    id: text(holder.id),
    who: text(info?.who),
    operation: text(info?.operation),
    created: text(info?.created),
    run_url: text(findRunPage(holder, pages)),
    age_seconds: info === undefined ? null : toWholeSeconds(now - Date.parse(info.created)),
    heartbeat:
      heartbeat === undefined
        ? null
        : { beats: heartbeat.beats, interval_seconds: heartbeat.intervalMs / 1000 },
    verdict: status.kind,
    why: describeHolderStatus(status),
    freed: describeFreed(end),
  };
}

/** Null when nothing was tried, or the result is unknown. */
function describeFreed(end: FreeEnd | undefined): boolean | null {
  if (end === undefined || end.kind === 'failed') return null;
  return end.kind === 'freed';
}

function describeCopy({ objectKey, copy }: LocksPage['remnants']['rescueCopies'][number]) {
  return {
    state: plain(objectKey),
    key: plain(copy.key),
    size: copy.size ?? null,
    stored: toIsoTime(copy.modifiedAt),
  };
}

function describePlan({ objectKey, planId, expiredAt }: LocksPage['remnants']['expiredPlans'][number]) {
  return { state: plain(objectKey), plan_id: planId, expired: toIsoTime(expiredAt) };
}

function findProblem(rows: readonly LockRow[], failure: NoIssue | undefined): Error | undefined {
  const failed = rows.flatMap(({ end }) => (end?.kind === 'failed' ? [end.error] : []));
  return joinErrors([...failed, ...(failure === undefined ? [] : [failure])]);
}

function successCode(found: number, freed: number): LocksCode {
  if (freed > 0) return 'released';
  return found === 0 ? 'no_lock' : 'listed';
}

function problemCode(problem: Error): LocksCode {
  const [first] = problem instanceof AggregateError ? problem.errors : [problem];
  return first instanceof NoIssue ? first.code : toReasonCode(first);
}
