import { isGateRefusal, type StateErrorDetails, type StateScope } from '../backend/state-error.ts';
import { explainNoConditions, explainTakeoverRefused } from './conditional-writes-text.ts';
import { lastWriteLine } from './describe-current.ts';
import { explainGate } from './explain-gate.ts';
import { explainMismatch } from './explain-mismatch.ts';
import { explainPlan } from './explain-plan.ts';
import { explainUnreadable } from './explain-unreadable.ts';
import { explainFrozen } from './freeze-text.ts';
import { explainLockLost } from './lock-lost-text.ts';
import { explainCheckpointUnsure, explainDigestNotWritten } from './missing-digest-text.ts';
import { plain } from './plain.ts';
import { describeRefusal } from './push-refused-text.ts';
import { explainRelease, explainRollback } from './release-text.ts';
import { noSnapshotText } from './snapshot-text.ts';
import { publishedUrl, stateUrl } from './state-url.ts';

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
      return explainLockLost(scope, { holder: details.holder, write: 'stored' }, now);
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
