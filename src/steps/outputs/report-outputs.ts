import { StateError } from '../../backend/state-error.ts';
import { type ErrorReason, firstCause, refusedInputs, toReasonCode } from '../../messages/reason-code.ts';
import { type StepResult, withResult } from '../../messages/step-result.ts';
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

/** Runs the step and sets `reason_code` and `result` on every way out of it. */
export async function reportOutputs(
  runner: Pick<Runner, 'output'>,
  step: () => Promise<OutputsEnd>,
): Promise<void> {
  const failure = (error: unknown) => ({ code: toCode(error), details: detailsOfError(firstCause(error)) });
  await withResult(runner, { success: describeSuccess, failure }, step);
}

function describeSuccess(end: OutputsEnd): StepResult {
  const isWhole = end.states.every(({ header }) => header !== undefined);
  const code: OutputsCode = isWhole ? 'read' : 'no_state';
  return { code, ok: true, details: describeDetails(end) };
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
  return error instanceof StateError ? { state: describeState(error.scope) } : refusedInputs(error);
}

function describeState({ address }: Pick<SelectedState, 'address'>): Record<string, string> {
  return { bucket: address.bucket, key: address.objectKey, workspace: address.workspace };
}
