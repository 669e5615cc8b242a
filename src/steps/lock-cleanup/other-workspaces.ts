import { locationProblems, stateAddress } from '../../backend/address.ts';
import { sessionPolicy } from '../../backend/policy/session-policy.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import type { Sighting } from '../../job-state/checkpoint-record.ts';
import type { Session } from '../../job-state/saved-state.ts';
import type { Environment } from '../../runner/inputs.ts';
import { currentWorkspace } from '../../workspace-files/workspace-selection.ts';

/** Another workspace in which this job's Terraform may have taken the lock. */
export interface OtherWorkspace {
  readonly settings: BackendSettings;
  /** Whether it is the one selected now. Otherwise a Terraform was only seen to work in it. */
  readonly isSelected: boolean;
}

/**
 * The workspaces of the guarded state other than the one that main read: the one that the module or the environment
 * selects now, and those in which the job's Terraform processes were seen. Throws when the disk fails.
 */
export async function findOtherWorkspaces(
  session: Pick<Session, 'module' | 'paths' | 'backend'>,
  env: Environment,
  sightings: readonly Sighting[],
): Promise<OtherWorkspace[]> {
  const { module, paths, backend } = session;
  if (paths === undefined) return [];
  const selected = env.TF_WORKSPACE?.trim() || (module && (await currentWorkspace(module.dataDirectory)));
  const names = new Set([selected, ...sightings.map(({ workspace }) => workspace)]);
  const others: OtherWorkspace[] = [];
  for (const workspace of names) {
    if (workspace === undefined || workspace === backend.address.workspace) continue;
    const location = { bucket: backend.address.bucket, ...paths, workspace };
    if (locationProblems(location).length > 0) continue;
    const settings = withOwnPolicy(backend, { ...backend, address: stateAddress(location) });
    others.push({ settings, isSelected: workspace === selected });
  }
  return others;
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
