import type { ActionFailure, ActionReport } from '../../action/run-action.ts';
import type { StateScope } from '../../backend/state-error.ts';
import { stateJson } from '../../messages/state-json.ts';
import { stateUrl } from '../../messages/state-url.ts';
import { describeStateFailure, type ErrorReason, firstCause } from '../../messages/to-reason-code.ts';
import { renderWorkspaces } from '../../messages/workspaces-text.ts';
import { type WorkspaceRefusalCode, WorkspaceRefused } from './refusal.ts';

/** The outputs of the workspaces action; `workspaces/action.yml` declares the same (a test compares them). */
export const WORKSPACES_OUTPUTS = ['workspaces', 'reason_code', 'result'] as const;

/** The result of the action. */
export type WorkspacesEnd =
  | { readonly kind: 'listed'; readonly scope: StateScope; readonly names: readonly string[] }
  | { readonly kind: 'created' | 'exists'; readonly scope: StateScope }
  /** `plans`: the number of deleted plans. */
  | { readonly kind: 'deleted' | 'missing'; readonly scope: StateScope; readonly plans: number };

/** Why the step ends as it does. */
export type WorkspacesCode =
  | 'listed'
  | 'created'
  | 'exists'
  | 'deleted'
  | 'missing'
  | WorkspaceRefusalCode
  | ErrorReason;

const TITLES = {
  created: '✅ Workspace created',
  exists: '✅ Workspace exists',
  deleted: '✅ Workspace deleted',
  missing: '✅ No such workspace',
} as const;

/** The report of the result. Pure. */
export function describeEnd(end: WorkspacesEnd): ActionReport {
  const { scope } = end;
  const code: WorkspacesCode = end.kind;
  if (end.kind === 'listed') {
    const { names } = end;
    const { bucket } = scope.address;
    return {
      code,
      details: { bucket, workspaces: names },
      outputs: { workspaces: JSON.stringify(names) },
      summary: undefined,
      problem: undefined,
    };
  }
  const { workspace } = scope.address;
  const rows: [string, string][] = [
    ['Workspace', workspace],
    ['State', stateUrl(scope)],
  ];
  const plans = 'plans' in end ? end.plans : 0;
  if (plans > 0) rows.push(['Plans deleted', String(plans)]);
  const state = stateJson(scope.address);
  return {
    code,
    details: 'plans' in end ? { state, plans_deleted: plans } : { state },
    outputs: {},
    summary: () => renderWorkspaces(TITLES[end.kind], rows),
    problem: undefined,
  };
}

/** What workflows read about a failure. Pure. */
export function describeWorkspacesFailure(error: unknown): ActionFailure {
  const cause = firstCause(error);
  if (cause instanceof WorkspaceRefused) return { code: cause.code, details: {} };
  return describeStateFailure(error);
}
