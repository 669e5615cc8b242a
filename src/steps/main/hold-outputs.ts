import { statePathFor } from '../../workspace-files/state-directory.ts';
import type { PlanOutputs } from './plan-for-job.ts';
import type { JobState } from './pull-for-job.ts';
import type { Attempt } from './take-lock.ts';

/** The outputs of the main action; `action.yml` declares the same (a test compares them). */
export const HOLD_OUTPUTS = [
  'state_path',
  'state_exists',
  'workspace',
  'serial',
  'lineage',
  'terraform_version',
  'digest',
  'fingerprint',
  'version_id',
  'lock_id',
  'plan_id',
  'plan_path',
  'states',
  'reason_code',
  'result',
] as const;

/**
 * The outputs that main sets only when it succeeds. It always sets `reason_code` and `result`. `PlanOutputs` has those of a
 * plan. With several states, `states` replaces all of these.
 */
export type HoldOutputs = Readonly<
  Record<
    Exclude<(typeof HOLD_OUTPUTS)[number], 'states' | 'reason_code' | 'result' | keyof PlanOutputs>,
    string
  >
>;

/** The outputs of a job that holds only the lock. */
export type LockOutputs = Pick<HoldOutputs, 'workspace' | 'lock_id'>;

/** What the job holds, and how long it waited for that. */
export type HeldAttempt = Pick<Attempt, 'session' | 'times'>;

/** The outputs of a lock without a state (`pull: false`). Pure. */
export function toLockOutputs({ session: { backend, lock } }: HeldAttempt): LockOutputs {
  return { workspace: backend.address.workspace, lock_id: lock?.id ?? '' };
}

/** The outputs of a pulled state. Pure. */
export function toStateOutputs({ session }: HeldAttempt, { state, fingerprint }: JobState): HoldOutputs {
  const { workspace } = session.backend.address;
  return {
    state_path: statePathFor(session.stateDirectory, workspace),
    state_exists: String(state !== undefined),
    workspace,
    serial: state?.valid.header.serial.toString() ?? '',
    lineage: state?.valid.header.lineage ?? '',
    terraform_version: state?.valid.header.terraformVersion ?? '',
    digest: state?.object.facts.md5 ?? '',
    fingerprint,
    version_id: state?.object.versionId ?? '',
    lock_id: session.lock?.id ?? '',
  };
}
