import { AwsError } from '../aws/errors.ts';
import { parseLockHolder } from '../backend/records/lock-info.ts';
import { isGateRefusal, type StateErrorDetails, type StateScope } from '../backend/state-error.ts';
import { lastWriteLine } from './describe-current.ts';
import { explainGate } from './explain-gate.ts';
import { explainMismatch } from './explain-mismatch.ts';
import { explainPlan } from './explain-plan.ts';
import { explainUnreadable } from './explain-unreadable.ts';
import { waysToFree, waysToFreeLock } from './free-lines.ts';
import { explainFrozen } from './freeze-text.ts';
import { HOLDING, holderLines, holdingLines } from './lock-text.ts';
import { plain } from './plain.ts';
import { describeRefusal } from './push-refused-text.ts';
import { repairLines } from './repair-lines.ts';
import { noSnapshotText } from './snapshot-text.ts';
import { publishedUrl, stateUrl } from './state-url.ts';

type DetailsOf<Reason extends StateErrorDetails['reason']> = Extract<StateErrorDetails, { reason: Reason }>;

/** The words for a problem with one state: what happened, to which object, why, and what to do. `now` in ms since the epoch. */
export function explainStateError(details: StateErrorDetails, scope: StateScope, now: number): string {
  if (isGateRefusal(details)) return explainGate(scope, details);
  switch (details.reason) {
    case 'frozen':
      return explainFrozen(scope, details, now);
    case 'digest_mismatch':
      return explainMismatch(scope, details);
    case 'state_unreadable':
      return explainUnreadable(scope, details);
    case 'plan_not_found':
    case 'plan_tampered':
    case 'plan_expired':
    case 'plan_of_fork':
    case 'plan_of_other_state':
    case 'plan_of_other_commit':
    case 'plan_stale':
    case 'plan_changes_unknown':
    case 'plan_id_taken':
    case 'plan_not_stored':
      return explainPlan(scope, details);
    case 'lock_lost':
      return explainLockLost(scope, details, now);
    case 'push_in_doubt':
      return [
        `The state was pushed to ${stateUrl(scope)}, but somebody else took its lock, ${scope.address.lockPath}, during the push.`,
        ...freedLines(details, now),
        MAY_BE_OVERWRITTEN,
      ].join('\n');
    case 'state_conflict':
      return [
        `The state ${stateUrl(scope)} changed while this job held it, so nothing was pushed over it.`,
        lastWriteLine(details.current),
      ].join('\n');
    case 'push_refused':
      return `The state of this job was not pushed to ${stateUrl(scope)}: ${describeRefusal(details.refusal)}.`;
    case 'changed_without_lock':
      return [
        `This job's Terraform changed the state ${stateUrl(scope)}, which this job doesn't hold: lock: none pushes nothing.`,
        'A job that applies must hold the state (lock: hold). If its changes may be thrown away, as in a rehearsal, set push: never.',
      ].join('\n');
    case 'outputs_not_published':
      return [
        `The outputs were not published to ${publishedUrl(scope)}.`,
        `This does not affect the state itself: the log of this step says what happened to ${stateUrl(scope)}.`,
        'Readers of the published outputs get earlier ones, or none, until the next job holds the state with publish_outputs: true.',
      ].join('\n');
    case 'snapshot_failed':
      return noSnapshotText(scope, details.key, details.why);
    case 'published_outputs_unreadable':
      return [
        `${publishedUrl(scope)} holds no usable published outputs: ${plain(details.detail)}.`,
        'The next job that holds the state with publish_outputs: true writes it again.',
      ].join('\n');
    case 'local_state_lost':
      return [
        `The local files of the state ${stateUrl(scope)} are gone: a step of this job removed ${details.directory}.`,
        'What this job changed in the state after the last push is lost. The state in S3 was not touched.',
      ].join('\n');
    case 'other_workspace':
      return [
        `The job holds ${stateUrl(scope)} (workspace ${scope.address.workspace}), but its Terraform wrote the state of another workspace:`,
        ...details.paths.map((path) => `  ${path}`),
        'This job does not hold that state, so it was not pushed. Check the steps for TF_WORKSPACE and for terraform workspace select.',
      ].join('\n');
    case 'unpushed_state':
      return [
        `This job's Terraform wrote a state that is not in ${stateUrl(scope)}: it did not work on the pulled state.`,
        ...details.paths.map((path) => `  ${path}`),
        'No other state has the resources that it created. Compare it with the state in S3, and push the right one before you apply anything else.',
      ].join('\n');
    case 'errored_state':
      return [
        `This job's Terraform left a state in errored.tfstate that is not in ${stateUrl(scope)}:`,
        ...details.paths.map((path) => `  ${path}`),
        'It may be the only state with the resources that it created. Compare it with the state in S3, and push the right one before you apply anything else.',
      ].join('\n');
    case 'override_changed':
      return [
        `A step of this job changed ${details.paths.join(' and ')}, so its Terraform may not have worked on ${stateUrl(scope)}.`,
        'Check what the job applied, and where. Then run it again without that step.',
      ].join('\n');
    case 'digest_not_written':
      return explainDigestNotWritten(scope, details);
    case 'checkpoint_unsure':
      return explainCheckpointUnsure(scope, details);
    case 'no_conditional_writes':
      return explainNoConditions(scope, details);
    case 'takeover_refused':
      return explainTakeoverRefused(scope, details, now);
    case 'rollback_failed':
      return explainRollback(scope, details, now);
    case 'release_failed':
    case 'release_unsure':
      return explainRelease(scope, details, now);
  }
}

const MAY_BE_OVERWRITTEN =
  'The new holder may have read the earlier state, and would then overwrite this one. Check whether the state still has the change of this job.';

function explainLockLost(scope: StateScope, details: DetailsOf<'lock_lost'>, now: number): string {
  const { lockPath } = scope.address;
  const freed = freedLines(details, now);
  switch (details.write) {
    case 'not_sent':
      return [`This job no longer holds the lock of ${lockPath}, so nothing was pushed.`, ...freed].join(
        '\n',
      );
    case 'checkpoint_only':
      return [
        `This job no longer holds the lock of ${lockPath}, so what changed after its last checkpoint was not pushed.`,
        ...freed,
      ].join('\n');
    case 'in_doubt':
      return [
        `This job lost the lock of ${lockPath} during a push that got no answer. Its state may still be stored in ${stateUrl(scope)}.`,
        ...freed,
        'Look at the state before anybody applies, and once more a minute later: a store may carry out a write late.',
      ].join('\n');
    case 'stored':
      return [
        `This job lost the lock of ${lockPath} during the push, but its state was stored in ${stateUrl(scope)}.`,
        ...freed,
        MAY_BE_OVERWRITTEN,
      ].join('\n');
  }
}

function explainCheckpointUnsure(
  scope: StateScope,
  { calculated, stored }: DetailsOf<'checkpoint_unsure'>,
): string {
  return [
    `While the job ran, a checkpoint was sent to ${stateUrl(scope)}, but S3 never confirmed it.`,
    `If it arrived, table ${scope.table} lacks its digest, and everybody who reads this state gets a checksum error.`,
    `  MD5 of the checkpoint:        ${calculated}`,
    `  MD5 in the table at the pull: ${stored ?? '(none)'}`,
    'Repair it only if the object has the MD5 of the checkpoint, with',
    ...repairLines(scope, calculated),
  ].join('\n');
}

function explainDigestNotWritten(
  scope: StateScope,
  { calculated, stored, cause }: DetailsOf<'digest_not_written'>,
): string {
  const { table } = scope;
  if (cause instanceof AwsError && cause.kind === 'conditional_check_failed') {
    return [
      `The state was pushed to ${stateUrl(scope)}, but this job lost the lock right after, and somebody else has since written`,
      `another digest to table ${table}. If they wrote the state too, their digest is right. Look at the versions`,
      `of the object. MD5 of the pushed state: ${calculated}`,
    ].join('\n');
  }
  return [
    `The state was pushed to ${stateUrl(scope)}, but its digest could not be written to table ${table}.`,
    'Until it is written, everybody who reads this state gets a checksum error.',
    `  MD5 of the pushed state:      ${calculated}`,
    `  MD5 in the table at the pull: ${stored ?? '(none)'}`,
    'Repair it with',
    ...repairLines(scope, calculated),
  ].join('\n');
}

function explainNoConditions(scope: StateScope, { cause }: DetailsOf<'no_conditional_writes'>): string {
  const { address } = scope;
  const store = nameStore(scope);
  const what =
    cause === undefined
      ? `${store} ignores conditional writes: it stored the lock file a second time instead of refusing the write`
      : `${store} does not support conditional writes, which a lock file needs${quoteDetail(cause)}`;
  return [
    `The state ${address.lockPath} can't be locked with use_lockfile, not even by Terraform: ${what}.`,
    'Any number of clients could hold such a lock at the same time. The action locked nothing and changed nothing.',
    'Lock with a DynamoDB table instead: set dynamodb_table and remove use_lockfile, here and in the backend block.',
  ].join('\n');
}

function explainTakeoverRefused(
  scope: StateScope,
  { holder }: DetailsOf<'takeover_refused'>,
  now: number,
): string {
  return [
    `The stale lock of ${scope.address.lockPath} can't be taken over: ${nameStore(scope)} refuses every condition (If-Match) on an existing lock file.`,
    ...holdingLines('Nothing was changed. It is', holder, now),
    'Its run has ended. Free it with',
    ...waysToFreeLock(scope, 'file', holder),
  ].join('\n');
}

function nameStore({ endpoints }: StateScope): string {
  return endpoints.s3 === undefined ? 'S3' : `the store at ${endpoints.s3}`;
}

function quoteDetail(cause: unknown): string {
  const detail = cause instanceof AwsError ? cause.failure.detail : undefined;
  return detail === undefined ? '' : ` (its answer: "${plain(detail)}")`;
}

function explainRollback(
  scope: StateScope,
  { stays, freed, holder, info }: DetailsOf<'rollback_failed'>,
  now: number,
): string {
  const ours = parseLockHolder(info);
  const [taken, other] = stays === 'file' ? ['lock file', 'lock item'] : ['lock item', 'lock file'];
  const what = `This job took the ${taken} of ${scope.address.lockPath} but not the ${other}, and could not remove the ${taken} again`;
  if (freed) {
    return [
      ...holdingLines(
        `${what} at once. It has been removed since, and this job holds nothing. The ${other} is`,
        holder,
        now,
      ),
      'Run the job again when that holder is done, or set lock_timeout to wait for it.',
    ].join('\n');
  }
  return [
    `${what}.`,
    ...holdingLines(`The ${other} is`, holder, now),
    `The ${taken} is still there:`,
    ...holderLines(ours, now),
    'Remove it with',
    ...waysToFreeLock(scope, stays, ours),
  ].join('\n');
}

function explainRelease(
  scope: StateScope,
  { reason, info }: DetailsOf<'release_failed' | 'release_unsure'>,
  now: number,
): string {
  const { address } = scope;
  const holder = parseLockHolder(info);
  const what =
    reason === 'release_failed'
      ? `could not be released. It is still ${HOLDING.lock} this job:`
      : `may be ${HOLDING.lock} this job: the call to take it got no answer. It could not be released:`;
  return [
    `The lock of ${address.lockPath} ${what}`,
    ...holderLines(holder, now),
    reason === 'release_failed' ? 'Free it with' : 'If it is there, free it with',
    ...waysToFree(scope, holder),
  ].join('\n');
}

function freedLines({ holder }: DetailsOf<'lock_lost' | 'push_in_doubt'>, now: number): string[] {
  if (holder === undefined) return ['Somebody freed it.'];
  return holdingLines('Somebody freed it, and now it is', holder, now);
}
