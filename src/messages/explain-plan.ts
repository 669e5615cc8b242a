import { parseLatestPlan, planKey, planRecordKey } from '../backend/plan-vault/plan-id.ts';
import type { PlanRecord } from '../backend/records/plan-record.ts';
import type { DetailsOf, PlanErrorDetails, StateScope, Tampering } from '../backend/state-error.ts';
import { formatTime } from '../time/format-time.ts';
import { describeWrite } from './describe-current.ts';
import { explainMovedState, NOTHING_RAN } from './moved-state-text.ts';
import { excerpt, plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

const NEW_PLAN = 'Run the plan job again, and have its plan approved.';

/** The URL of a plan's object. Pure. */
export function planUrl({ address }: Pick<StateScope, 'address'>, planId: string): string {
  return `s3://${address.bucket}/${planKey(address, planId)}`;
}

/**
 * The words for a plan that can't be used: what happened, and what to do. `consequence` ends the first line with what this
 * means for the job. Pure.
 */
export function explainPlan(
  scope: StateScope,
  details: PlanErrorDetails,
  consequence: string = NOTHING_RAN,
): string {
  switch (details.reason) {
    case 'plan_not_found':
      return explainNotFound(scope, details, consequence);
    case 'plan_tampered':
      return explainTampered(scope, details, consequence);
    case 'plan_expired':
      return explainExpired(details, consequence);
    case 'plan_of_fork':
      return [
        `Plan ${details.planId} was made in a run for ${describeFork(details.record)}, so no job may apply it${consequence}.`,
        'The author of that pull request decided what ran there. Review its commits, push them to a branch of this repository, and plan there.',
        `The plan was ${origin(details.record)}.`,
      ].join('\n');
    case 'plan_of_other_state':
      return explainOtherState(scope, details, consequence);
    case 'plan_of_other_commit':
      return explainOtherCommit(details, consequence);
    case 'plan_stale':
      return explainStale(scope, details, consequence);
    case 'plan_changes_unknown':
      return [
        `forbid_destroy can't check plan ${details.planId}: its record does not list all changes${consequence}.`,
        details.record.changes === undefined
          ? 'Give the hold step of the plan job plan_json, a file with the output of "terraform show -json" for the plan.'
          : 'It has more changes than a record can hold. Make a smaller plan, for example with -target.',
      ].join('\n');
    case 'plan_id_taken':
      return [
        `Plan ${details.planId} for ${stateUrl(scope)} already exists, and the action never overwrites a plan. This job's plan was not stored.`,
        'If two jobs of one run plan the same state, give each its own plan_name.',
        ...(details.current === undefined
          ? []
          : [`That object was written ${describeWrite(details.current)}.`]),
      ].join('\n');
    case 'plan_not_stored':
      return [
        `Plan ${details.planId} could not be stored at ${planUrl(scope, details.planId)}. A job that applies it may not find it.`,
        'The log of this step says what happened to the state. Run the plan job again.',
      ].join('\n');
  }
}

/** The event of a comment does not say whether its pull request comes from a fork. */
function describeFork({ origin: { event } }: PlanRecord): string {
  return event === 'issue_comment'
    ? "a comment on a pull request, which may be a fork's"
    : "a fork's pull request";
}

function explainNotFound(
  scope: StateScope,
  { planId, record }: DetailsOf<'plan_not_found'>,
  consequence: string,
): string {
  const where = planUrl(scope, planId);
  if (record !== undefined) {
    return [
      `Plan ${planId} is gone from the vault: ${where} does not exist${consequence}.`,
      NEW_PLAN,
      `Its record remains. The plan was ${origin(record)}. Either somebody deleted it, or it was applied and the state has been restored since.`,
    ].join('\n');
  }
  const what =
    parseLatestPlan(planId) === undefined
      ? `There is no plan ${planId} for this state: ${where} does not exist${consequence}.`
      : `There is no plan ${planId} for this state: no attempt of that run stored one${consequence}.`;
  return [
    what,
    NEW_PLAN,
    'Plans are stored beside their state. Was it made for another key or workspace? Did its job create the file that plan_file names, and did its post step succeed? Expired plans are deleted.',
  ].join('\n');
}

function explainTampered(
  scope: StateScope,
  { planId, found }: DetailsOf<'plan_tampered'>,
  consequence: string,
): string {
  return [
    `Plan ${planId} is not what the plan job stored: ${describeTampering(scope, planId, found)}${consequence}.`,
    'Somebody with write access to the vault changed it. Look at the versions of the object and at CloudTrail before you plan again.',
    ...(found.kind === 'plan' ? [`The plan was ${origin(found.record)}.`] : []),
  ].join('\n');
}

function describeTampering(scope: StateScope, planId: string, found: Tampering): string {
  if (found.kind === 'record') {
    const key = planRecordKey(scope.address, planId);
    return `its record s3://${scope.address.bucket}/${key} can't be used (${plain(found.detail)})`;
  }
  const { record, size, sha256 } = found;
  if (sha256 === undefined) return `it has more than the ${record.size} bytes that its record says`;
  if (size !== record.size) return `it has ${size} bytes, but its record says ${record.size}`;
  return `its SHA-256 is ${sha256}, but its record says ${record.sha256}`;
}

function explainExpired(
  { planId, record, expiredAt, isDeleted }: DetailsOf<'plan_expired'>,
  consequence: string,
): string {
  return [
    `Plan ${planId} expired at ${formatTime(expiredAt)}${consequence}.`,
    `${NEW_PLAN} plan_ttl limits the age of a plan.`,
    `The plan was ${origin(record)}.${isDeleted ? ' It has been deleted.' : ''}`,
  ].join('\n');
}

function explainOtherState(
  scope: StateScope,
  { planId, record }: DetailsOf<'plan_of_other_state'>,
  consequence: string,
): string {
  const { bucket, key, workspace } = record.state;
  return [
    `Plan ${planId} was made for another state${consequence}.`,
    `Somebody copied it here, or bucket, key or workspace changed. ${NEW_PLAN}`,
    `The plan was ${origin(record)}.`,
    `  planned on: ${plain(`s3://${bucket}/${key}`)} (workspace ${plain(workspace)})`,
    `  this state: ${stateUrl(scope)} (workspace ${scope.address.workspace})`,
  ].join('\n');
}

function explainOtherCommit(
  { planId, record, commit }: DetailsOf<'plan_of_other_commit'>,
  consequence: string,
): string {
  return [
    `Plan ${planId} was made from a commit other than the one that is checked out${consequence}.`,
    'Check out the commit of the plan, or plan again. allow_other_commit: true applies it anyway: a plan contains the whole change, but not the files that it reads during the apply.',
    `The plan was ${origin(record)}.`,
    `  planned from: ${plain(record.origin.commit || '(unknown)')}`,
    `  checked out:  ${plain(commit || '(unknown)')}`,
  ].join('\n');
}

function explainStale(
  scope: StateScope,
  { planId, record, fingerprint, current }: DetailsOf<'plan_stale'>,
  consequence: string,
): string {
  const moved = { expected: record.fingerprint, actual: fingerprint, current };
  return explainMovedState(scope, moved, {
    since: `plan ${planId} was made${consequence}`,
    fix: 'Plan again on the current state, and have the new plan approved. If an apply of this very plan was cut off, the new plan has the remaining changes.',
    plan: `The plan was ${origin(record)}.`,
    given: 'planned on',
  });
}

const SHOWN = 200;

function origin({ origin: { actor, run, ref }, createdAt }: PlanRecord): string {
  const from = ref === '' ? '' : ` for ${excerpt(ref, SHOWN)}`;
  return `made at ${formatTime(createdAt)}${from} by ${excerpt(actor, SHOWN)} in ${excerpt(run, SHOWN)}`;
}
