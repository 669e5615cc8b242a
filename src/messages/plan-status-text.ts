import type { StateErrorDetails } from '../backend/state-error.ts';
import { formatTime } from './format-time.ts';
import { excerpt } from './plain.ts';

/** Why a plan does not fit the state any more, or never did. Of one whose fingerprint is all that is known: `fingerprint_mismatch`. */
export type Misfit = Extract<
  StateErrorDetails,
  {
    readonly reason:
      | 'fingerprint_mismatch'
      | 'plan_not_found'
      | 'plan_tampered'
      | 'plan_of_fork'
      | 'plan_of_other_state'
      | 'plan_expired'
      | 'plan_stale';
  }
>;

/** Characters that GitHub keeps of a status's description. */
const LONGEST_STATUS = 140;
const LONGEST_ACTOR = 40;

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
    case 'fingerprint_mismatch':
    case 'plan_stale':
      return movedText(mover);
    case 'plan_expired':
      return `The plan expired at ${isoTime(misfit.expiredAt)}: plan again`;
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
  return formatTime(milliseconds).replace(/\.\d+Z$/, 'Z');
}
