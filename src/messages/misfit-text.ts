import type { CurrentObject, StateScope } from '../backend/state-error.ts';
import { describeCurrent } from './describe-current.ts';
import { excerpt, plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** Why a plan does not fit the state any more, or never did. Its texts are other people's. */
export type Misfit =
  | { readonly reason: 'plan_not_found' }
  /** `detail` ends the sentence "its record can't be used: ...". */
  | { readonly reason: 'plan_tampered'; readonly detail: string }
  | { readonly reason: 'plan_of_fork'; readonly run: string }
  | {
      readonly reason: 'plan_of_other_state';
      readonly state: { readonly bucket: string; readonly key: string; readonly workspace: string };
    }
  /** `at` in ms since the epoch. */
  | { readonly reason: 'plan_expired'; readonly at: number }
  | { readonly reason: 'plan_stale'; readonly expected: string; readonly actual: string };

const PLAN_AGAIN = 'Plan again on the state as it is now.';
/** Characters that GitHub keeps of a status's description. */
const LONGEST_STATUS = 140;
const LONGEST_ACTOR = 40;

/** Why a plan can't be applied, and what to do; `planId` is undefined where a fingerprint is all that is known of it. Pure. */
export function explainMisfit(
  scope: StateScope,
  misfit: Misfit,
  planId: string | undefined,
  current: CurrentObject | undefined,
): string {
  const plan = planId === undefined ? 'The plan' : `Plan ${planId}`;
  switch (misfit.reason) {
    case 'plan_stale':
      return [
        `The state ${stateUrl(scope)} moved since it was planned on.`,
        `  planned on: ${plain(misfit.expected)}`,
        `  now:        ${plain(misfit.actual)}`,
        `Now ${describeCurrent(current)}`,
        PLAN_AGAIN,
      ].join('\n');
    case 'plan_not_found':
      return [
        `${plan} is not kept beside the state ${stateUrl(scope)}.`,
        `It has expired, or its job did not store it. ${PLAN_AGAIN}`,
      ].join('\n');
    case 'plan_tampered':
      return [
        `The record of plan ${planId} of the state ${stateUrl(scope)} can't be used: ${plain(misfit.detail)}.`,
        `This action did not write it so: look who did. ${PLAN_AGAIN}`,
      ].join('\n');
    case 'plan_expired':
      return [`${plan} of the state ${stateUrl(scope)} expired at ${isoTime(misfit.at)}.`, PLAN_AGAIN].join(
        '\n',
      );
    case 'plan_of_other_state': {
      const { bucket, key, workspace } = misfit.state;
      return [
        `${plan} is not of the state ${stateUrl(scope)}.`,
        `It is of ${plain(`s3://${bucket}/${key}`)}, workspace ${plain(workspace)}. Check bucket, key and workspace, here and in the plan job.`,
      ].join('\n');
    }
    case 'plan_of_fork':
      return [
        `${plan} of the state ${stateUrl(scope)} was made in a run for a fork's pull request, so it is never applied.`,
        `Its run: ${plain(misfit.run)}. Plan again in a run of this repository.`,
      ].join('\n');
  }
}

/** What a commit status says of a plan that fits. Pure. */
export function fitsStatus(serial: bigint | undefined): string {
  return serial === undefined
    ? 'The plan fits: there is no state yet'
    : `The plan fits the state, serial ${serial}`;
}

/** Who moved the state, as far as that is known. */
export interface StatusMover {
  readonly actor: string | null;
  readonly time: Date | null;
  readonly serial: bigint | null;
}

/** What a commit status says of a plan that does not fit, in as many characters as GitHub keeps. Pure. */
export function misfitStatus(misfit: Misfit, mover: StatusMover | undefined): string {
  return excerpt(statusText(misfit, mover), LONGEST_STATUS - 3);
}

function statusText(misfit: Misfit, mover: StatusMover | undefined): string {
  switch (misfit.reason) {
    case 'plan_stale':
      return movedText(mover);
    case 'plan_expired':
      return `The plan expired at ${isoTime(misfit.at)}: plan again`;
    case 'plan_tampered':
      return "The record of the plan can't be used: plan again";
    case 'plan_not_found':
      return 'The plan is gone: plan again';
    case 'plan_of_other_state':
      return 'The plan is of another state';
    case 'plan_of_fork':
      return "The plan was made in a run for a fork's pull request";
  }
}

function movedText(mover: StatusMover | undefined): string {
  if (mover === undefined || mover.serial === null) return 'The state is gone: plan again';
  const when = mover.time === null ? '' : ` at ${isoTime(mover.time.getTime())}`;
  const who =
    mover.actor === null ? 'The state moved' : `${excerpt(mover.actor, LONGEST_ACTOR)} moved the state`;
  return `${who} to serial ${mover.serial}${when}: plan again`;
}

/** To the second. */
function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
