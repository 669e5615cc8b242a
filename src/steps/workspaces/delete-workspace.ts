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
  /** How many plans of its vault. */
  readonly plans: number;
}

/**
 * Deletes a workspace under its lock: state, digest, published outputs and plans, which hold values of the state and fit nothing any more;
 * versions and rescue copies stay. One that has no state is as good as deleted, and what is left of it goes. Errors: WorkspaceRefused for one that still manages resources, without `force`; those of
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

/** A state without a byte is none; what data sources read, and outputs, keep nobody from deleting it. */
function requireEmpty(backend: Backend, { facts: { inspection } }: DownloadedState): void {
  if (inspection.kind === 'invalid' && inspection.problem === 'empty') return;
  const resources = inspection.kind === 'state' ? inspection.resources : undefined;
  if (resources?.size === 0) return;
  const addresses = resources && [...resources.keys()];
  throw new WorkspaceRefused('workspace_not_empty', explainNotEmpty(backend, addresses));
}
