import type { ActionFailure, ActionReport } from '../../action/run-action.ts';
import { stateJson } from '../../messages/state-json.ts';
import {
  describeStateFailure,
  type ErrorReason,
  firstCause,
  toReasonCode,
} from '../../messages/to-reason-code.ts';
import type { ListedBy } from './listed-states.ts';
import type { Plan } from './plan.ts';
import { NotPublished } from './publish/publish.ts';
import { OutputsRefused, type RefusalCode } from './refusal.ts';
import type { SelectedState } from './select.ts';

/** The result of the action. */
export interface OutputsEnd {
  readonly states: readonly SelectedState[];
  readonly plan: Plan;
  readonly listedBy: ListedBy | undefined;
}

/** Why the step ends as it does: `read`, or `no_state` when one of the states is missing, which was allowed. */
export type OutputsCode = 'read' | 'no_state' | 'not_published' | RefusalCode | ErrorReason;

/** The report of the result. Pure. */
export function describeEnd(end: OutputsEnd): ActionReport {
  const isWhole = end.states.every(({ header }) => header !== undefined);
  const code: OutputsCode = isWhole ? 'read' : 'no_state';
  return { code, details: describeDetails(end), outputs: {}, summary: undefined, problem: undefined };
}

/** The report of a step that set no outputs, or could not publish them. Pure. */
export function describeOutputsFailure(error: unknown): ActionFailure {
  return { code: toCode(error), details: describeStateFailure(error).details };
}

function toCode(error: unknown): OutputsCode {
  const cause = firstCause(error);
  if (cause instanceof OutputsRefused) return cause.code;
  return cause instanceof NotPublished ? 'not_published' : toReasonCode(error);
}

function describeDetails({ states, plan, listedBy }: OutputsEnd): Record<string, unknown> {
  const renamed = plan.settings.filter(({ name, expected }) => name !== expected);
  return {
    states: states.map(({ name, address, header }) => ({
      ...(listedBy === 'states' ? { name } : {}),
      ...stateJson(address),
      exists: header !== undefined,
    })),
    deprecated: Object.fromEntries(plan.deprecated.map(({ label, text }) => [label, text])),
    omitted: plan.omitted.map(({ label }) => label),
    renamed: Object.fromEntries(renamed.map(({ label, name }) => [label, name])),
  };
}
