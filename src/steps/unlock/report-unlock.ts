import type { StateScope } from '../../backend/state-error.ts';
import { type HolderJson, holderJson } from '../../messages/holder-json.ts';
import { nameStore } from '../../messages/lock-text.ts';
import { describeNotStale } from '../../messages/not-stale-text.ts';
import { type ErrorReason, refusedInputs, toReasonCode } from '../../messages/reason-code.ts';
import { type StepResult, withResult } from '../../messages/step-result.ts';
import {
  decisiveEnd,
  isFailed,
  type LockEnd,
  type UnlockCode,
  type UnlockOutcome,
} from '../../messages/unlock-outcome.ts';
import { rawLock } from '../../messages/unlock-text.ts';
import type { Runner } from '../../runner/runner.ts';

/** The outputs of the unlock action; `unlock/action.yml` declares the same (a test compares them). */
export const UNLOCK_OUTPUTS = ['found', 'released', 'holder', 'reason_code', 'result'] as const;

/** What the story came to; `failure` turns the step red. */
export interface UnlockEnd {
  readonly scope: StateScope;
  readonly outcome: UnlockOutcome;
  readonly failure: Error | undefined;
}

/** Runs the step and sets the outputs on every way out of it; what is not known after an error is empty. */
export async function reportUnlock(runner: Runner, step: () => Promise<UnlockEnd>): Promise<void> {
  const failure = (error: unknown) => ({ code: toReasonCode(error), details: refusedInputs(error) });
  const end = await withResult(runner, { success: describeEnd, failure }, async () => {
    const end = await step();
    setOutputs(runner, end);
    return end;
  });
  if (end.failure !== undefined) throw end.failure;
}

function setOutputs(runner: Runner, end: UnlockEnd): void {
  const released = isReleased(end);
  runner.output('found', String(end.outcome.length > 0));
  if (released !== null) runner.output('released', String(released));
  runner.output('holder', JSON.stringify(decisiveHolder(end)));
}

/** Null: a delete failed, and whether it did its work nobody knows. */
function isReleased({ outcome }: UnlockEnd): boolean | null {
  const released = outcome.some((end) => !isFailed(end) && end.code === 'released');
  return released || !outcome.some(isFailed) ? released : null;
}

function decisiveHolder({ scope, outcome }: UnlockEnd): HolderJson | null {
  const decisive = decisiveEnd(outcome);
  return decisive === undefined ? null : holderJson(decisive.lock.holder, scope, rawLock(decisive.lock));
}

function describeEnd(end: UnlockEnd): StepResult {
  const { scope, outcome, failure } = end;
  const decisive = decisiveEnd(outcome);
  const details = {
    found: outcome.length > 0,
    released: isReleased(end),
    holder: decisiveHolder(end),
    ...(decisive === undefined ? {} : explainReason(decisive)),
    locks: outcome.map((one) => ({
      scope: one.lock.store,
      where: nameStore(one.lock, scope),
      reason_code: toCode(one),
      holder: holderJson(one.lock.holder, scope, rawLock(one.lock)),
      ...explainReason(one),
    })),
  };
  return { code: decisive === undefined ? 'no_lock' : toCode(decisive), ok: failure === undefined, details };
}

function toCode(end: LockEnd): UnlockCode | ErrorReason {
  return isFailed(end) ? toReasonCode(end.error) : end.code;
}

function explainReason(end: LockEnd): { why?: string } {
  return !isFailed(end) && end.code === 'not_stale' ? { why: describeNotStale(end.reason) } : {};
}
