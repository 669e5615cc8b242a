import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { StateScope } from '../../backend/state-error.ts';
import { namePlace, type RunPages, runPageOf, shorten } from '../../messages/lock-text.ts';
import { plain } from '../../messages/plain.ts';
import { type ErrorReason, refusedInputs, toReasonCode } from '../../messages/reason-code.ts';
import { RESULT_VERSION } from '../../messages/result-version.ts';
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
  readonly place: StateScope;
  readonly outcome: UnlockOutcome;
  readonly failure: Error | undefined;
}

/** Runs the story and sets the outputs on every way out of it; what is not known after an error is empty. */
export async function reportUnlock(runner: Runner, story: () => Promise<UnlockEnd>): Promise<void> {
  let end: UnlockEnd;
  try {
    end = await story();
  } catch (error) {
    report(runner, toReasonCode(error), { ok: false, ...refusedInputs(error) });
    throw error;
  }
  reportEnd(runner, end);
  if (end.failure !== undefined) throw end.failure;
}

function reportEnd(runner: Runner, { place, outcome, failure }: UnlockEnd): void {
  const found = outcome.length > 0;
  const decisive = decisiveEnd(outcome);
  const holder = decisive === undefined ? null : holderFields(decisive.lock, place);
  const released = outcome.some((end) => !isFailed(end) && end.code === 'released');
  // Whether a delete that failed did its work nobody knows.
  const isKnown = released || !outcome.some(isFailed);
  runner.output('found', String(found));
  if (isKnown) runner.output('released', String(released));
  runner.output('holder', JSON.stringify(holder));
  report(runner, decisive === undefined ? 'no_lock' : toCode(decisive), {
    ok: failure === undefined,
    found,
    released: isKnown ? released : null,
    holder,
    ...(decisive === undefined ? {} : explainReason(decisive)),
    locks: outcome.map((end) => ({
      place: end.lock.place,
      where: namePlace(end.lock, place),
      reason_code: toCode(end),
      holder: holderFields(end.lock, place),
      ...explainReason(end),
    })),
  });
}

function report(runner: Runner, code: UnlockCode | ErrorReason, details: Record<string, unknown>): void {
  runner.output('reason_code', code);
  runner.output('result', JSON.stringify({ schema_version: RESULT_VERSION, reason_code: code, ...details }));
}

function toCode(end: LockEnd): UnlockCode | ErrorReason {
  return isFailed(end) ? toReasonCode(end.error) : end.code;
}

function explainReason(end: LockEnd): { why?: string } {
  return !isFailed(end) && end.code === 'not_stale' ? { why: plain(end.reason) } : {};
}

/** Every field; of a lock that can't be read, what is stored, under `raw`. */
function holderFields(lock: FoundLock, pages: RunPages): Record<string, string | null> {
  const { info } = lock.holder;
  if (info === undefined) return { raw: rawLock(lock) };
  const fields = Object.entries(info).map(([name, value]) => [name, shorten(value)]);
  const url = runPageOf(lock.holder, pages);
  return { ...Object.fromEntries(fields), run_url: url === undefined ? null : plain(url) };
}
