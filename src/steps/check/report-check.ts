import type { StateScope } from '../../backend/state-error.ts';
import { StateError } from '../../backend/state-error.ts';
import { explainStale } from '../../messages/check-text.ts';
import { plain } from '../../messages/plain.ts';
import { type ErrorReason, firstCause, refusedInputs, toReasonCode } from '../../messages/reason-code.ts';
import { type StepResult, withResult } from '../../messages/step-result.ts';
import type { Runner } from '../../runner/runner.ts';
import { type Freshness, findMover } from './compare-state.ts';

/** The outputs of the check action; `check/action.yml` declares the same (a test compares them). */
export const CHECK_OUTPUTS = ['fresh', 'moved_by', 'reason_code', 'result'] as const;

/** What the step came to. */
export interface CheckEnd {
  readonly scope: StateScope;
  readonly freshness: Freshness;
}

/** Why the step ends as it does. */
export type CheckCode = 'fresh' | 'plan_stale' | ErrorReason;

/** The state moved; `message` is for the user. */
export class NotFresh extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotFresh';
  }
}

/** Runs the step and sets the outputs on every way out of it; `fresh` stays empty where it is not known. */
export async function reportCheck(
  runner: Pick<Runner, 'output'>,
  step: () => Promise<CheckEnd>,
): Promise<void> {
  const failure = (error: unknown) => ({ code: toReasonCode(error), details: detailsOf(firstCause(error)) });
  const { scope, freshness } = await withResult(runner, { success: describeEnd, failure }, async () => {
    const end = await step();
    runner.output('fresh', String(end.freshness.fresh));
    runner.output('moved_by', JSON.stringify(moverJson(end.freshness)));
    return end;
  });
  const { fresh, expected, actual, state } = freshness;
  if (!fresh) throw new NotFresh(explainStale(scope, { expected, actual, current: state?.object }));
}

function describeEnd({ scope, freshness }: CheckEnd): StepResult {
  const { fresh, actual } = freshness;
  const code: CheckCode = fresh ? 'fresh' : 'plan_stale';
  const details = {
    state: describeState(scope),
    fresh,
    fingerprint: actual,
    moved_by: moverJson(freshness),
  };
  return { code, ok: fresh, details };
}

/** Null where nobody moved it. A serial is a text: it has more digits than JavaScript keeps. */
function moverJson(freshness: Freshness): Record<string, string | null> | null {
  const mover = findMover(freshness);
  if (mover === undefined) return null;
  return {
    run_url: mover.runUrl === null ? null : plain(mover.runUrl),
    actor: mover.actor === null ? null : plain(mover.actor),
    time: mover.time?.toISOString() ?? null,
    serial: mover.serial === null ? null : String(mover.serial),
  };
}

function detailsOf(error: unknown): Record<string, unknown> {
  return error instanceof StateError ? { state: describeState(error.scope) } : refusedInputs(error);
}

function describeState({ address }: StateScope): Record<string, string> {
  return { bucket: address.bucket, key: address.objectKey, workspace: address.workspace };
}
