import { deleteAllPlans } from '../../backend/plan-vault/delete-plan.ts';
import type { Backend } from '../../backend/settings.ts';
import { deleteState } from '../../backend/state/delete-state.ts';
import { type DownloadedState, inspectState } from '../../backend/state/state-object.ts';
import type { LockedWorkDependencies } from '../../connection/under-lock.ts';
import { underLock } from '../../connection/under-lock.ts';
import { explainNotEmpty } from '../../messages/workspaces-text.ts';
import type { Job } from '../../runner/job.ts';
import { WorkspaceRefused } from './refusal.ts';
import type { WorkspacesCommand } from './workspaces-inputs.ts';

/** What was deleted. */
export interface DeletedWorkspace {
  readonly kind: 'deleted' | 'missing';
  /** The number of plans in its vault. */
  readonly plans: number;
}

/**
 * Deletes a workspace under its lock: state, digest, published outputs and plans, which contain values of the state and
 * no longer fit any state. Versions and rescue copies stay. A workspace without a state counts as deleted, and its
 * remains are removed. Errors: WorkspaceRefused for one that still manages resources, without `force`; those of
 * `underLock`; AwsError.
 */
export async function deleteWorkspace(
  deps: LockedWorkDependencies,
  backend: Backend,
  job: Job,
  { force, lockTimeoutMs }: Extract<WorkspacesCommand, { kind: 'delete' }>,
): Promise<DeletedWorkspace> {
  const lock = { job, operation: 'workspace-delete', lockTimeoutMs };
  return await underLock(deps, backend, lock, async (held) => {
    const state = await inspectState(backend);
    if (state !== undefined && !force) requireEmpty(backend, state);
    await deleteState(backend, held);
    const plans = await deleteAllPlans(backend);
    return { kind: state === undefined ? 'missing' : 'deleted', plans };
  });
}

/** An empty object is no state. Data sources and outputs don't prevent the deletion. */
function requireEmpty(backend: Backend, { facts: { inspection } }: DownloadedState): void {
  if (inspection.kind === 'invalid' && inspection.problem === 'empty') return;
  const resources = inspection.kind === 'state' ? inspection.resources : undefined;
  if (resources?.size === 0) return;
  const addresses = resources && [...resources.keys()];
  throw new WorkspaceRefused('workspace_not_empty', explainNotEmpty(backend, addresses));
}
