import type { ErrorReason } from '../../src/messages/to-reason-code.ts';
import type { UnlockCode } from '../../src/messages/unlock-outcome.ts';
import type { CheckCode } from '../../src/steps/check/report-check.ts';
import type { DoctorCode } from '../../src/steps/doctor/report-doctor.ts';
import type { FreezeCode } from '../../src/steps/freeze/report-freeze.ts';
import type { HistoryCode } from '../../src/steps/history/report-history.ts';
import type { StuckLock } from '../../src/steps/lock-cleanup/free-left-lock.ts';
import type { LocksCode } from '../../src/steps/locks/report-locks.ts';
import type { SuccessCode } from '../../src/steps/main/report-result.ts';
import type { MigrateCode } from '../../src/steps/migrate/report-migrate.ts';
import type { OutputsCode } from '../../src/steps/outputs/report-outputs.ts';
import type { LiveTerraform } from '../../src/steps/post/keep-lock.ts';
import type { WorkspacesCode } from '../../src/steps/workspaces/report-workspaces.ts';

/** What can end with a reason code: main and post of the main action, and the only step of each other one. */
export const ENDING_STEPS = [
  'main',
  'post',
  'unlock',
  'outputs',
  'check',
  'freeze',
  'workspaces',
  'history',
  'locks',
  'migrate',
  'doctor',
] as const;

export type EndingStep = (typeof ENDING_STEPS)[number];

/** The actions by the name of their page and, but for the main one, of their folder and their step. */
export const ACTIONS = [
  'hold',
  ...ENDING_STEPS.filter((step) => step !== 'main' && step !== 'post'),
] as const;

/** Every reason code that the code has; the type checker says which one is missing below. */
export type ReasonCode =
  | ErrorReason
  | SuccessCode
  | LiveTerraform['code']
  | StuckLock['code']
  | UnlockCode
  | OutputsCode
  | CheckCode
  | FreezeCode
  | WorkspacesCode
  | HistoryCode
  | LocksCode
  | MigrateCode
  | DoctorCode;

const READS_INPUTS = ENDING_STEPS.filter((step) => step !== 'post');
/** The doctor shows what AWS refuses as checks. */
const CALLS_AWS = ENDING_STEPS.filter((step) => step !== 'doctor');
const READS_STATE: readonly EndingStep[] = ['main', 'outputs', 'check', 'history'];

/** The steps that can end with each reason code, by the order of the guide. */
export const REASON_CODES: Readonly<Record<ReasonCode, readonly EndingStep[]>> = {
  held: ['main'],
  held_unlocked: ['main'],
  locked: ['main'],
  pulled: ['main'],
  watching: ['main'],
  invalid_input: READS_INPUTS,
  lock_held: ['main', 'freeze', 'workspaces', 'history'],
  lock_timeout: ['main', 'freeze', 'workspaces', 'history'],
  frozen: ['main', 'unlock', 'freeze', 'workspaces', 'history'],
  takeover_refused: ['main', 'freeze', 'workspaces', 'history', 'migrate'],
  rollback_failed: ['main', 'freeze', 'workspaces', 'history', 'migrate'],
  no_conditional_writes: ['main', 'freeze', 'workspaces', 'history', 'migrate'],
  lock_lost: ['main', 'post', 'unlock', 'workspaces', 'history', 'migrate'],
  release_failed: ['main', 'post', 'freeze', 'workspaces', 'history', 'migrate'],
  release_unsure: ['main', 'post', 'freeze', 'workspaces', 'history', 'migrate'],
  terraform_still_runs: ['post'],
  lock_not_freed: ['post'],
  digest_mismatch: READS_STATE,
  state_unreadable: ['main', 'post', 'outputs', 'check'],
  fingerprint_mismatch: ['main'],
  serial_mismatch: ['main'],
  lineage_mismatch: ['main'],
  destroy_forbidden: ['main'],
  plan_stale: ['main', 'check'],
  plan_tampered: ['main', 'check'],
  plan_expired: ['main', 'check'],
  plan_not_found: ['main', 'check'],
  plan_of_other_commit: ['main'],
  plan_of_other_state: ['main', 'check'],
  plan_of_fork: ['main', 'check'],
  plan_changes_unknown: ['main'],
  plan_id_taken: ['post'],
  plan_not_stored: ['post'],
  state_conflict: ['post', 'workspaces', 'history'],
  push_refused: ['post'],
  changed_without_lock: ['post'],
  push_in_doubt: ['post'],
  checkpoint_unsure: ['post'],
  digest_not_written: ['post', 'workspaces', 'history'],
  local_state_lost: ['post'],
  other_workspace: ['post'],
  unpushed_state: ['post'],
  errored_state: ['post'],
  override_changed: ['post'],
  access_denied: CALLS_AWS,
  expired_credentials: CALLS_AWS,
  invalid_credentials: CALLS_AWS,
  no_credentials: CALLS_AWS,
  wrong_account: CALLS_AWS,
  clock_skew: CALLS_AWS,
  wrong_region: CALLS_AWS,
  no_such_bucket: CALLS_AWS,
  no_such_table: CALLS_AWS,
  wrong_table_key: CALLS_AWS,
  unreachable: CALLS_AWS,
  throttled: CALLS_AWS,
  aws_unavailable: CALLS_AWS,
  aws_error: CALLS_AWS,
  cancelled: ENDING_STEPS,
  internal_error: ENDING_STEPS,
  released: ['unlock', 'locks'],
  no_lock: ['unlock', 'locks'],
  not_stale: ['unlock'],
  lock_id_differs: ['unlock'],
  holder_unreadable: ['unlock'],
  issue_not_published: ['locks'],
  listed: ['workspaces', 'history', 'locks', 'migrate'],
  created: ['workspaces'],
  exists: ['workspaces'],
  deleted: ['workspaces'],
  missing: ['workspaces'],
  workspace_not_empty: ['workspaces'],
  compared: ['history'],
  restored: ['history'],
  unchanged: ['history'],
  no_versions: ['history'],
  not_versioned: ['history'],
  version_not_found: ['history'],
  version_unusable: ['history'],
  not_comparable: ['history'],
  state_encrypted: ['history'],
  other_lineage: ['history'],
  proven: ['migrate'],
  not_proven: ['migrate'],
  finished: ['migrate'],
  not_finished: ['migrate'],
  froze: ['freeze'],
  thawed: ['freeze'],
  not_frozen: ['freeze'],
  no_state_found: ['freeze', 'migrate'],
  too_many_states: ['freeze'],
  read: ['outputs'],
  no_state: ['outputs'],
  state_missing: ['main', 'outputs'],
  workspace_missing: ['main'],
  nothing_selected: ['outputs'],
  sensitive_selected: ['outputs'],
  names_collide: ['outputs'],
  variable_refused: ['outputs'],
  lookup_not_found: ['outputs'],
  compare_not_found: ['outputs'],
  compare_unreadable: ['outputs'],
  outputs_file_refused: ['outputs'],
  outputs_file_not_written: ['outputs'],
  not_published: ['outputs'],
  outputs_not_published: ['post'],
  snapshot_failed: ['post'],
  published_outputs_unreadable: ['outputs'],
  fresh: ['check'],
  checked: ['check'],
  statuses_not_set: ['check'],
  healthy: ['doctor'],
  unhealthy: ['doctor'],
};

/** The codes that a step can end with, in the order of the guide. Pure. */
export function listCodes(step: EndingStep): string[] {
  return Object.entries(REASON_CODES)
    .filter(([, steps]) => steps.includes(step))
    .map(([code]) => code);
}
