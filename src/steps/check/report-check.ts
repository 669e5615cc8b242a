import type { ActionReport } from '../../action/run-action.ts';
import type { StateScope } from '../../backend/state-error.ts';
import { explainStale, renderCheck } from '../../messages/check-text.ts';
import { plain } from '../../messages/plain.ts';
import type { ErrorReason } from '../../messages/reason-code.ts';
import { stateJson } from '../../messages/state-json.ts';
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

/** What came of it: a step whose state moved fails. Pure. */
export function describeEnd({ scope, freshness }: CheckEnd): ActionReport {
  const { fresh, expected, actual, state } = freshness;
  const code: CheckCode = fresh ? 'fresh' : 'plan_stale';
  const seen = { expected, actual, current: state?.object };
  const mover = moverJson(freshness);
  return {
    code,
    details: { state: stateJson(scope.address), fresh, fingerprint: actual, moved_by: mover },
    outputs: { fresh: String(fresh), moved_by: JSON.stringify(mover) },
    summary: () => renderCheck(scope, fresh, seen),
    problem: fresh ? undefined : new NotFresh(explainStale(scope, seen)),
  };
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
