import type { StatePlace } from '../../backend/faults.ts';
import type { FoundLock } from '../../backend/lock.ts';
import type { Runner } from '../../runner/runner.ts';
import { type ErrorReason, reasonOf, refusedInputs } from '../reason-code.ts';
import { RESULT_VERSION } from '../result-version.ts';
import { namePlace, type RunPages, runPageOf, shorten } from '../words/lock-text.ts';
import { plain } from '../words/plain.ts';
import { rawLock } from '../words/unlock-text.ts';
import { decisiveEnd, isFailed, type LockEnd, type UnlockCode, type UnlockOutcome } from './outcome.ts';

/** The outputs of the unlock action; `unlock/action.yml` declares the same (a test compares them). */
export const UNLOCK_OUTPUTS = ['found', 'released', 'holder', 'reason_code', 'result'] as const;

/** What the story came to; `failure` turns the step red. */
export interface UnlockEnd {
  readonly place: StatePlace;
  readonly outcome: UnlockOutcome;
  readonly failure: Error | undefined;
}

/** Runs the story and sets the outputs on every way out of it; what is not known after an error is empty. */
export async function tellUnlock(runner: Runner, story: () => Promise<UnlockEnd>): Promise<void> {
  let end: UnlockEnd;
  try {
    end = await story();
  } catch (error) {
    tell(runner, reasonOf(error), { ok: false, ...refusedInputs(error) });
    throw error;
  }
  tellEnd(runner, end);
  if (end.failure !== undefined) throw end.failure;
}

function tellEnd(runner: Runner, { place, outcome, failure }: UnlockEnd): void {
  const found = outcome.length > 0;
  const decisive = decisiveEnd(outcome);
  const holder = decisive === undefined ? null : holderFields(decisive.lock, place);
  const released = outcome.some((end) => !isFailed(end) && end.code === 'released');
  // Whether a delete that failed did its work nobody knows.
  const isKnown = released || !outcome.some(isFailed);
  runner.output('found', String(found));
  if (isKnown) runner.output('released', String(released));
  runner.output('holder', JSON.stringify(holder));
  tell(runner, decisive === undefined ? 'no_lock' : codeOf(decisive), {
    ok: failure === undefined,
    ...{ found, released: isKnown ? released : null, holder },
    ...(decisive === undefined ? {} : whyOf(decisive)),
    locks: outcome.map((end) => ({
      ...{ place: end.lock.place, where: namePlace(end.lock, place), reason_code: codeOf(end) },
      ...{ holder: holderFields(end.lock, place), ...whyOf(end) },
    })),
  });
}

function tell(runner: Runner, code: UnlockCode | ErrorReason, details: Record<string, unknown>): void {
  runner.output('reason_code', code);
  runner.output('result', JSON.stringify({ schema_version: RESULT_VERSION, reason_code: code, ...details }));
}

function codeOf(end: LockEnd): UnlockCode | ErrorReason {
  return isFailed(end) ? reasonOf(end.error) : end.code;
}

function whyOf(end: LockEnd): { why?: string } {
  return !isFailed(end) && end.code === 'not_stale' ? { why: plain(end.doubt) } : {};
}

/** Every field; of a lock that can't be read, what is stored, under `raw`. */
function holderFields(lock: FoundLock, pages: RunPages): Record<string, string | null> {
  const { info } = lock.holder;
  if (info === undefined) return { raw: rawLock(lock) };
  const fields = Object.entries(info).map(([name, value]) => [name, shorten(value)]);
  const url = runPageOf(lock.holder, pages);
  return { ...Object.fromEntries(fields), run_url: url === undefined ? null : plain(url) };
}
