import type { AwsSettings } from '../aws/settings.ts';
import type { PlannedChange } from '../statefile/plan-changes.ts';
import type { PushRefusal } from '../statefile/push-rules.ts';
import type { StateStores } from './address.ts';
import type { Freeze } from './records/freeze.ts';
import type { LockHolder } from './records/lock-info.ts';
import type { PlanRecord } from './records/plan-record.ts';
import type { StateProvenance } from './records/provenance.ts';

/** The object that S3 has now, as far as is known. */
export interface CurrentObject {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly lastModified: Date | undefined;
  readonly provenance: StateProvenance | undefined;
  /**
   * Whether the content was checked to match `provenance`, which anybody who can write to the bucket can forge;
   * undefined when it was not checked.
   */
  readonly isProven?: boolean;
}

interface OfPlan {
  readonly planId: string;
}

interface OfRecord extends OfPlan {
  readonly record: PlanRecord;
}

/** Why a plan of the vault must not be applied. It is checked together with the gates. */
export type PlanGateDetails =
  /** In ms since the epoch. `isDeleted`: it has been removed from the vault. */
  | (OfRecord & {
      readonly reason: 'plan_expired';
      readonly expiredAt: number;
      readonly isDeleted: boolean;
    })
  | (OfRecord & { readonly reason: 'plan_of_fork' })
  | (OfRecord & { readonly reason: 'plan_of_other_state' })
  | (OfRecord & { readonly reason: 'plan_of_other_commit'; readonly commit: string })
  | (OfRecord & {
      readonly reason: 'plan_stale';
      readonly fingerprint: string;
      readonly current: CurrentObject | undefined;
    })
  /** A gate checks what the plan changes, but the record does not have all changes. */
  | (OfRecord & { readonly reason: 'plan_changes_unknown' });

/** What can go wrong with a plan in a vault. */
export type PlanErrorDetails =
  /** `record`: set when only the plan itself is gone. */
  | (OfPlan & { readonly reason: 'plan_not_found'; readonly record: PlanRecord | undefined })
  | (OfPlan & { readonly reason: 'plan_tampered'; readonly found: Tampering })
  | PlanGateDetails
  /** Another job has stored a plan with this id. */
  | (OfPlan & { readonly reason: 'plan_id_taken'; readonly current: CurrentObject | undefined })
  /** The job has pushed its state, but its plan is not in the vault. */
  | (OfPlan & { readonly reason: 'plan_not_stored'; readonly cause: unknown });

/** How plan and record differ from what the plan job stored. */
export type Tampering =
  | { readonly kind: 'record'; readonly detail: string }
  | {
      readonly kind: 'plan';
      readonly record: PlanRecord;
      readonly size: number;
      /** Hex; undefined when the plan is longer than its record says and was not read to the end. */
      readonly sha256: string | undefined;
    };

/** Why a gate refuses, with what it found. */
export type GateDetails =
  | {
      readonly reason: 'fingerprint_mismatch';
      readonly expected: string;
      readonly actual: string;
      readonly current: CurrentObject | undefined;
    }
  | {
      readonly reason: 'serial_mismatch';
      readonly expected: bigint;
      /** Undefined when there is no state. */
      readonly actual: bigint | undefined;
      readonly current: CurrentObject | undefined;
    }
  | {
      readonly reason: 'lineage_mismatch';
      readonly expected: string;
      /** Undefined when there is no state. */
      readonly actual: string | undefined;
      readonly current: CurrentObject | undefined;
    }
  /** A gate demands a state, but there is none. */
  | { readonly reason: 'state_missing' }
  /** The job must not create a workspace, and this one does not exist. */
  | { readonly reason: 'workspace_missing'; readonly workspace: string }
  /** The plan would destroy what a gate protects. `changes` is not empty. */
  | { readonly reason: 'destroy_forbidden'; readonly changes: readonly PlannedChange[] };

/** Every reason of a gate. A type can't be listed at run time, so this is its list, which the compiler keeps complete. */
export const GATE_REASONS: Readonly<Record<GateDetails['reason'], true>> = {
  fingerprint_mismatch: true,
  serial_mismatch: true,
  lineage_mismatch: true,
  state_missing: true,
  workspace_missing: true,
  destroy_forbidden: true,
};

/** The same of a plan that is checked together with the gates. */
const PLAN_GATE_REASONS: Readonly<Record<PlanGateDetails['reason'], true>> = {
  plan_of_fork: true,
  plan_of_other_state: true,
  plan_expired: true,
  plan_of_other_commit: true,
  plan_stale: true,
  plan_changes_unknown: true,
};

/** Whether a gate refused. Pure. */
export function isGateRefusal(details: StateErrorDetails): details is GateDetails {
  return Object.hasOwn(GATE_REASONS, details.reason);
}

/** Whether a plan of the vault was refused together with the gates. Pure. */
export function isPlanRefusal(details: StateErrorDetails): details is PlanGateDetails {
  return Object.hasOwn(PLAN_GATE_REASONS, details.reason);
}

/**
 * What became of the write of a state whose lock was lost. `not_sent`: no write was sent, or the store refused it.
 * `checkpoint_only`: the same, and the store has an earlier checkpoint of the job. `in_doubt`: a write got no answer, so
 * it may be stored, even later. `stored`: the object is that write, but the next holder may have read the one before.
 */
export type LostWrite = 'not_sent' | 'checkpoint_only' | 'in_doubt' | 'stored';

/** Everything that can go wrong with a state beyond AWS itself. `reason` is what workflows branch on (docs/design.md#errors-are-typed). */
export type StateErrorDetails =
  /** The lock is a freeze that ends later than the step may wait. */
  | {
      readonly reason: 'frozen';
      readonly holder: LockHolder;
      readonly freeze: Freeze;
      /** Until its end, by the store's clock. */
      readonly leftMs: number;
      readonly waitedMs: number;
    }
  | {
      readonly reason: 'digest_mismatch';
      readonly calculated: string;
      readonly stored: string;
      /** The digest that a lock holder announced in the table as the next one; undefined when there is none. */
      readonly announced: string | undefined;
      /** Who wrote the object, if it is still intact. */
      readonly written: StateProvenance | undefined;
    }
  | {
      readonly reason: 'state_unreadable';
      readonly where: 'stored' | 'local';
      readonly problem: string;
      readonly detail: string;
    }
  | GateDetails
  | PlanErrorDetails
  | { readonly reason: 'lock_lost'; readonly holder: LockHolder | undefined; readonly write: LostWrite }
  /** The state is in S3, but somebody freed the lock during the push. */
  | { readonly reason: 'push_in_doubt'; readonly holder: LockHolder | undefined }
  | {
      readonly reason: 'state_conflict';
      readonly expectedEtag: string | undefined;
      readonly current: CurrentObject | undefined;
    }
  | { readonly reason: 'push_refused'; readonly refusal: PushRefusal }
  /** With `lock: none`. */
  | { readonly reason: 'changed_without_lock' }
  /** The state is in S3 and its lock was released, but readers of its published outputs get earlier ones. */
  | { readonly reason: 'outputs_not_published'; readonly cause: unknown }
  /** The state is in S3, but the previous one could not be kept as `key`, which the job asked for. `why` in words. */
  | { readonly reason: 'snapshot_failed'; readonly key: string; readonly why: string }
  | { readonly reason: 'published_outputs_unreadable'; readonly detail: string }
  /** The local files were gone when post ran, so it is unknown whether the job had changed the state. */
  | { readonly reason: 'local_state_lost'; readonly directory: string }
  /** The job wrote states of workspaces that it does not hold. */
  | { readonly reason: 'other_workspace'; readonly paths: readonly string[] }
  /** The job wrote states elsewhere than in the pulled state, and S3 does not have them. */
  | { readonly reason: 'unpushed_state'; readonly paths: readonly string[] }
  // An errored.tfstate that was not used as the job's state.
  | { readonly reason: 'errored_state'; readonly paths: readonly string[] }
  /** The files that point Terraform at the pulled state were changed. */
  | { readonly reason: 'override_changed'; readonly paths: readonly string[] }
  /** The checkpointer's last push was not confirmed, and the object could not be checked. It may lack its digest. */
  | {
      readonly reason: 'checkpoint_unsure';
      readonly calculated: string;
      readonly stored: string | undefined;
      readonly cause: unknown;
    }
  | {
      readonly reason: 'digest_not_written';
      readonly calculated: string;
      readonly stored: string | undefined;
      readonly cause: unknown;
    }
  /** The store can't keep two clients from taking a lock file: it refuses (`cause`) or ignores conditional puts. */
  | { readonly reason: 'no_conditional_writes'; readonly cause: unknown }
  /** A stale lock file can't be replaced, because the store refuses the condition even for the file that is there. */
  | { readonly reason: 'takeover_refused'; readonly holder: LockHolder }
  /**
   * One lock store was ours and `holder` has the other. Ours could not be released: it `stays`, unless a later attempt
   * `freed` it.
   */
  | {
      readonly reason: 'rollback_failed';
      readonly stays: 'file' | 'item';
      readonly freed: boolean;
      readonly holder: LockHolder | undefined;
      readonly info: string;
      readonly cause: unknown;
    }
  /** `release_unsure`: it is also unknown whether the lock was ever taken. */
  | {
      readonly reason: 'release_failed' | 'release_unsure';
      readonly info: string;
      readonly cause: unknown;
    };

/** The details of an error with one of these reasons. */
export type DetailsOf<Reason extends StateErrorDetails['reason']> = Extract<
  StateErrorDetails,
  { reason: Reason }
>;

/** How workflows name this action: `uses: <repository>@<ref>`. The path of another action of it goes before the `@`. */
export interface ActionName {
  readonly repository: string;
  readonly ref: string;
}

/** Which state an error is about, and what commands need to name it. */
export interface StateScope extends StateStores {
  readonly region: string;
  readonly endpoints: AwsSettings['endpoints'];
  /** Whether the objects are under a customer key (SSE-C), which every read needs. */
  readonly underCustomerKey: boolean;
  readonly action: ActionName;
  /** Where runs have their pages: the address of this job's GitHub server, empty outside of a job. */
  readonly githubServer: string;
}

/** An error about one state. Its words are made in src/messages/ only. */
export class StateError extends Error {
  readonly details: StateErrorDetails;
  readonly scope: StateScope;

  constructor(details: StateErrorDetails, scope: StateScope) {
    super(
      `${details.reason}: ${scope.address.lockPath}`,
      'cause' in details ? { cause: details.cause } : undefined,
    );
    this.name = 'StateError';
    this.details = details;
    this.scope = copyScope(scope);
  }
}

/** Copies only the scope, even from a whole backend. */
export function copyScope(scope: StateScope): StateScope {
  const { address, table, useLockfile, region, endpoints, underCustomerKey, action, githubServer } = scope;
  return { address, table, useLockfile, region, endpoints, underCustomerKey, action, githubServer };
}
