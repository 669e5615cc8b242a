import { join } from 'node:path';
import { deleteAllPlans } from '../../backend/plan-vault/delete-plan.ts';
import type { Backend } from '../../backend/settings.ts';
import { deleteState } from '../../backend/state/delete-state.ts';
import { lookUpObject } from '../../backend/state/look-up-object.ts';
import { type DownloadedState, inspectState } from '../../backend/state/state-object.ts';
import { StateError } from '../../backend/state-error.ts';
import { describeReplacedState, keepReplacedState } from '../../connection/keep-replaced-state.ts';
import type { LockedWorkDependencies } from '../../connection/under-lock.ts';
import { underLock } from '../../connection/under-lock.ts';
import { explainNotEmpty } from '../../messages/workspaces-text.ts';
import type { Job } from '../../runner/job.ts';
import { makePrivateDirectory, removePrivateDirectory } from '../../workspace-files/private-directory.ts';
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
 * no longer fit any state. Versions, snapshots and rescue copies stay. Where the bucket keeps no versions, the state
 * is kept as a snapshot first. A workspace without a state counts as deleted, and its
 * remains are removed. Errors: WorkspaceRefused for one that still manages resources, without `force`; StateError
 * `state_conflict` when the state changes meanwhile; those of `underLock`; AwsError.
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
    if (state !== undefined) await keepState(deps, backend, job, state);
    await deleteState(backend, held);
    const plans = await deleteAllPlans(backend);
    return { kind: state === undefined ? 'missing' : 'deleted', plans };
  });
}

/** A state that can't be kept first is not deleted. */
async function keepState(
  deps: LockedWorkDependencies,
  backend: Backend,
  job: Job,
  state: DownloadedState,
): Promise<void> {
  const { inspection } = state.facts;
  if (isEmptyObject(inspection)) return;
  const directory = await makePrivateDirectory(job);
  try {
    const snapshot = describeReplacedState(state, inspection.header.serial ?? 0n, join(directory, 'state'));
    if (snapshot === undefined || (await keepReplacedState(deps, backend, snapshot)) === 'kept') return;
    const current = await lookUpObject(backend, backend.address.objectKey);
    throw new StateError({ reason: 'state_conflict', expectedEtag: snapshot.etag, current }, backend);
  } finally {
    await removePrivateDirectory(directory);
  }
}

function isEmptyObject(inspection: DownloadedState['facts']['inspection']): boolean {
  return inspection.kind === 'invalid' && inspection.problem === 'empty';
}

/** An empty object is no state. Data sources and outputs don't prevent the deletion. */
function requireEmpty(backend: Backend, { facts: { inspection } }: DownloadedState): void {
  if (isEmptyObject(inspection)) return;
  const resources = inspection.kind === 'state' ? inspection.resources : undefined;
  if (resources?.size === 0) return;
  const addresses = resources && [...resources.keys()];
  throw new WorkspaceRefused('workspace_not_empty', explainNotEmpty(backend, addresses));
}
