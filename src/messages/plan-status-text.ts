import type { StateErrorDetails } from '../backend/state-error.ts';
import { formatTime } from '../time/format-time.ts';
import { excerpt } from './plain.ts';

/** Why a plan does not fit the state. `fingerprint_mismatch` is for a plan of which only the fingerprint is known. */
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

/** The longest status description that GitHub keeps, in characters. */
const LONGEST_STATUS = 140;
const LONGEST_ACTOR = 40;

/** The commit status of a plan that fits. Pure. */
export function fitsStatus(serial: bigint | undefined): string {
  return serial === undefined
    ? 'The plan fits: there is no state yet'
    : `The plan fits the state, serial ${serial}`;
}

/** Who changed the state, as far as is known. */
export interface StatusMover {
  readonly actor: string | null;
  readonly time: Date | null;
  readonly serial: bigint | null;
}

/** The commit status of a plan that does not fit, in as many characters as GitHub keeps. Pure. */
export function misfitStatus(misfit: Misfit, mover: StatusMover | undefined): string {
  return excerpt(statusText(misfit, mover), LONGEST_STATUS - 3);
}

function statusText(misfit: Misfit, mover: StatusMover | undefined): string {
  switch (misfit.reason) {
    case 'fingerprint_mismatch':
    case 'plan_stale':
      return movedText(mover);
    case 'plan_expired':
      return `The plan expired at ${formatTime(misfit.expiredAt)}: plan again`;
    case 'plan_tampered':
      return "The record of the plan can't be used: plan again";
    case 'plan_not_found':
      return 'There is no such plan: plan again';
    case 'plan_of_other_state':
      return 'The plan is for another state';
    case 'plan_of_fork':
      return "The plan was made in a run for a fork's pull request";
  }
}

function movedText(mover: StatusMover | undefined): string {
  if (mover === undefined || mover.serial === null) return 'The state is gone: plan again';
  const when = mover.time === null ? '' : ` at ${formatTime(mover.time.getTime())}`;
  const who =
    mover.actor === null ? 'The state changed' : `${excerpt(mover.actor, LONGEST_ACTOR)} changed the state`;
  return `${who} to serial ${mover.serial}${when}: plan again`;
}
