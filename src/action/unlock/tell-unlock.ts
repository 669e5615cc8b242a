import type { Runner } from '../../runner/runner.ts';
import { InputError } from '../inputs/hold-inputs.ts';
import { type ErrorReason, firstCause, reasonOf } from '../reason-code.ts';
import { runUrlOf } from '../words/lock-text.ts';
import { plain } from '../words/plain.ts';
import { rawLock } from '../words/unlock-text.ts';
import type { SeenLock, UnlockOutcome } from './outcome.ts';

/** The outputs of the unlock action; `unlock/action.yml` declares the same (a test compares them). */
export const UNLOCK_OUTPUTS = ['found', 'released', 'holder', 'reason_code', 'result'] as const;

/** What the story came to; `failure` turns the step red. */
export interface UnlockEnd {
  readonly outcome: UnlockOutcome;
  readonly failure: Error | undefined;
}

/** Version of the `result` output's form; a field that changes its meaning raises it. */
const SCHEMA_VERSION = 1;

/** Runs the story and sets the outputs on every way out of it; what is not known after an error is empty. */
export async function tellUnlock(runner: Runner, story: () => Promise<UnlockEnd>): Promise<void> {
  let end: UnlockEnd;
  try {
    end = await story();
  } catch (error) {
    const cause = firstCause(error);
    const inputs = cause instanceof InputError ? cause.problems.map(({ input }) => input) : [];
    tell(runner, reasonOf(error), {
      ok: false,
      ...(inputs.length > 0 ? { inputs: [...new Set(inputs)] } : {}),
    });
    throw error;
  }
  const { outcome, failure } = end;
  const found = outcome.code !== 'no_lock' || outcome.found;
  const released = outcome.code === 'released';
  const holder = 'lock' in outcome ? holderFields(outcome.lock) : null;
  runner.output('found', String(found));
  runner.output('released', String(released));
  runner.output('holder', JSON.stringify(holder));
  const why = outcome.code === 'not_stale' ? { why: plain(outcome.doubt) } : {};
  tell(runner, outcome.code, { ok: failure === undefined, found, released, holder, ...why });
  if (failure !== undefined) throw failure;
}

function tell(
  runner: Runner,
  code: UnlockOutcome['code'] | ErrorReason,
  details: Record<string, unknown>,
): void {
  runner.output('reason_code', code);
  runner.output('result', JSON.stringify({ schema_version: SCHEMA_VERSION, reason_code: code, ...details }));
}

/** Every field; of a lock that can't be read, what is stored, under `raw`. */
function holderFields(lock: SeenLock): Record<string, string | null> {
  const { info } = lock.holder;
  if (info === undefined) return { raw: rawLock(lock) };
  const fields = Object.entries(info).map(([name, value]) => [name, plain(value)]);
  const url = runUrlOf(lock.holder);
  return { ...Object.fromEntries(fields), run_url: url === undefined ? null : plain(url) };
}
