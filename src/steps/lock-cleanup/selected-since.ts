import { DEFAULT_WORKSPACE, locationProblems, stateAddress } from '../../backend/address.ts';
import { sessionPolicy } from '../../backend/policy/session-policy.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import type { Session } from '../../job-state/saved-state.ts';
import type { Environment } from '../../runner/inputs.ts';
import { selectedWorkspace } from '../../workspace-files/workspace-selection.ts';

/**
 * The state of the workspace that the job's Terraform has selected now, if it is not the one that main read. Throws
 * when the disk fails.
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
  if (locationProblems(location).length > 0) return undefined;
  return withOwnPolicy(backend, { ...backend, address: stateAddress(location) });
}

/** The session policy made by this action names the lock that main read. A given policy stays. Pure. */
function withOwnPolicy(before: BackendSettings, settings: BackendSettings): BackendSettings {
  const { credentials } = settings.aws;
  const { assumeRole, webIdentity } = credentials;
  const role = assumeRole ?? webIdentity;
  if (role?.policy === undefined || role.policy !== sessionPolicy('free', [before], role.roleArn)?.text)
    return settings;
  const policy = sessionPolicy('free', [settings], role.roleArn)?.text;
  const narrowed =
    assumeRole === undefined
      ? { webIdentity: webIdentity && { ...webIdentity, policy } }
      : { assumeRole: { ...assumeRole, policy } };
  return { ...settings, aws: { ...settings.aws, credentials: { ...credentials, ...narrowed } } };
}
