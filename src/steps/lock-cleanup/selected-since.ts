import { DEFAULT_WORKSPACE, locationProblems, stateAddress } from '../../backend/address.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import type { Session } from '../../job-state/saved-state.ts';
import type { Environment } from '../../runner/inputs.ts';
import { selectedWorkspace } from '../../workspace-files/workspace-selection.ts';

/**
 * The state of the workspace that the job's Terraform has selected by now, where that is another one than main looked at.
 * Throws when the disk refuses.
 */
export async function settingsSelectedSince(
  { module, backend }: Pick<Session, 'module' | 'backend'>,
  env: Environment,
): Promise<BackendSettings | undefined> {
  if (module === undefined) return undefined;
  const selected = env.TF_WORKSPACE?.trim() || (await selectedWorkspace(module.dataDirectory));
  const workspace = selected ?? DEFAULT_WORKSPACE;
  if (workspace === backend.address.workspace) return undefined;
  const { key, workspaceKeyPrefix } = module;
  const location = { bucket: backend.address.bucket, key, workspace, workspaceKeyPrefix };
  return locationProblems(location).length > 0 ? undefined : { ...backend, address: stateAddress(location) };
}
