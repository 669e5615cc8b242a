import { StateError } from '../../backend/state-error.ts';
import { type ErrorReason, firstCause, refusedInputs, toReasonCode } from '../../messages/reason-code.ts';
import { RESULT_VERSION } from '../../messages/result-version.ts';
import type { Runner } from '../../runner/runner.ts';
import type { Plan } from './plan.ts';
import { NotPublished } from './publish/publish.ts';
import { OutputsRefused, type RefusalCode } from './refusal.ts';
import type { SelectedState } from './select.ts';

/** What the story came to. */
export interface OutputsEnd {
  readonly states: readonly SelectedState[];
  readonly plan: Plan;
}

/** Why the step ends as it does: `read`, or `no_state` where one of the states is not there, which was allowed. */
export type OutputsCode = 'read' | 'no_state' | 'not_published' | RefusalCode | ErrorReason;

/** Runs the story and sets `reason_code` and `result` on every way out of it. */
export async function reportOutputs(
  runner: Pick<Runner, 'output'>,
  story: () => Promise<OutputsEnd>,
): Promise<void> {
  try {
    const end = await story();
    const isWhole = end.states.every(({ header }) => header !== undefined);
    report(runner, isWhole ? 'read' : 'no_state', { ok: true, ...describeDetails(end) });
  } catch (error) {
    report(runner, toCode(error), { ok: false, ...detailsOfError(firstCause(error)) });
    throw error;
  }
}

function report(runner: Pick<Runner, 'output'>, code: OutputsCode, details: Record<string, unknown>): void {
  runner.output('reason_code', code);
  runner.output('result', JSON.stringify({ schema_version: RESULT_VERSION, reason_code: code, ...details }));
}

function toCode(error: unknown): OutputsCode {
  const cause = firstCause(error);
  if (cause instanceof OutputsRefused) return cause.code;
  return cause instanceof NotPublished ? 'not_published' : toReasonCode(error);
}

function describeDetails({ states, plan }: OutputsEnd): Record<string, unknown> {
  const renamed = plan.settings.filter(({ label, name }) => label !== name);
  return {
    states: states.map(({ address, header }) => ({
      ...describeState({ address }),
      exists: header !== undefined,
    })),
    omitted: plan.omitted.map(({ label }) => label),
    renamed: Object.fromEntries(renamed.map(({ label, name }) => [label, name])),
  };
}

function detailsOfError(error: unknown): Record<string, unknown> {
  return error instanceof StateError ? { state: describeState(error.place) } : refusedInputs(error);
}

function describeState({ address }: Pick<SelectedState, 'address'>): Record<string, string> {
  return { bucket: address.bucket, key: address.objectKey, workspace: address.workspace };
}
