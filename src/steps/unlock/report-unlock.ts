import type { ActionReport } from '../../action/run-action.ts';
import type { StateScope } from '../../backend/state-error.ts';
import { type HolderJson, holderJson } from '../../messages/holder-json.ts';
import { nameStore } from '../../messages/lock-text.ts';
import { describeNotStale } from '../../messages/not-stale-text.ts';
import { type ErrorReason, toReasonCode } from '../../messages/to-reason-code.ts';
import {
  decisiveEnd,
  isFailed,
  type LockEnd,
  type UnlockCode,
  type UnlockOutcome,
} from '../../messages/unlock-outcome.ts';
import { renderUnlock } from '../../messages/unlock-summary.ts';
import { rawLock } from '../../messages/unlock-text.ts';

/** The outputs of the unlock action; `unlock/action.yml` declares the same (a test compares them). */
export const UNLOCK_OUTPUTS = ['found', 'released', 'holder', 'reason_code', 'result'] as const;

/** The result of the action. With a `failure`, the step fails. */
export interface UnlockEnd {
  readonly scope: StateScope;
  readonly outcome: UnlockOutcome;
  readonly failure: Error | undefined;
  /** In ms since the epoch. */
  readonly at: number;
}

/** The report of the result. Pure. */
export function describeEnd(end: UnlockEnd): ActionReport {
  const { scope, outcome, failure, at } = end;
  const decisive = decisiveEnd(outcome);
  const found = outcome.length > 0;
  const released = isReleased(outcome);
  const holder = decisive === undefined ? null : describeHolder(decisive, scope);
  return {
    code: decisive === undefined ? 'no_lock' : toCode(decisive),
    details: {
      found,
      released,
      holder,
      ...(decisive === undefined ? {} : explainReason(decisive)),
      locks: outcome.map((one) => ({
        place: one.lock.store,
        where: nameStore(one.lock, scope),
        reason_code: toCode(one),
        holder: describeHolder(one, scope),
        ...explainReason(one),
      })),
    },
    outputs: {
      found: String(found),
      ...(released === null ? {} : { released: String(released) }),
      holder: JSON.stringify(holder),
    },
    summary: () => renderUnlock(outcome, scope, at),
    problem: failure,
  };
}

/** Null when a delete failed, and it is unknown whether it succeeded anyway. */
function isReleased(outcome: UnlockOutcome): boolean | null {
  const released = outcome.some((end) => !isFailed(end) && end.code === 'released');
  return released || !outcome.some(isFailed) ? released : null;
}

function describeHolder({ lock }: LockEnd, scope: StateScope): HolderJson {
  return holderJson(lock.holder, scope, rawLock(lock));
}

/** The reason code of a result. Pure. */
export function toCode(end: LockEnd): UnlockCode | ErrorReason {
  return isFailed(end) ? toReasonCode(end.error) : end.code;
}

function explainReason(end: LockEnd): { why?: string } {
  return !isFailed(end) && end.code === 'not_stale' ? { why: describeNotStale(end.reason) } : {};
}
