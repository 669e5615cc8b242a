import type { AwsSettings } from '../aws/settings.ts';
import type { PlannedChange } from '../statefile/plan-changes.ts';
import type { PushRefusal } from '../statefile/push-rules.ts';
import type { StateStores } from './address.ts';
import type { Freeze } from './records/freeze.ts';
import type { LockHolder } from './records/lock-info.ts';
import type { PlanRecord } from './records/plan-record.ts';
import type { StateProvenance } from './records/provenance.ts';

/** The object as S3 has it now, as far as it is known. */
export interface CurrentObject {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly lastModified: Date | undefined;
  readonly provenance: StateProvenance | undefined;
  /** Whether the content was seen to be what `provenance` says, which whoever can write the bucket can forge; undefined: nobody looked. */
  readonly isProven?: boolean;
}

interface OfPlan {
  readonly planId: string;
}

interface OfRecord extends OfPlan {
  readonly record: PlanRecord;
}

/** What can go wrong with a plan of a vault. */
export type PlanErrorDetails =
  /** `record`: only the plan itself is gone. */
  | (OfPlan & { readonly reason: 'plan_not_found'; readonly record: PlanRecord | undefined })
  | (OfPlan & { readonly reason: 'plan_tampered'; readonly found: Tampering })
  /** In ms since the epoch. `isDeleted`: it is gone from the vault now. */
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
  /** A gate looks at what the plan changes, and its record does not have all of that. */
  | (OfRecord & { readonly reason: 'plan_changes_unknown' })
  /** Another job has stored a plan of this id. */
  | (OfPlan & { readonly reason: 'plan_id_taken'; readonly current: CurrentObject | undefined })
  /** The job is through with its state, and its plan is not in the vault. */
  | (OfPlan & { readonly reason: 'plan_not_stored'; readonly cause: unknown });

/** How plan and record differ from what the plan job made. */
export type Tampering =
  | { readonly kind: 'record'; readonly detail: string }
  | {
      readonly kind: 'plan';
      readonly record: PlanRecord;
      readonly size: number;
      /** Hex; undefined: it is longer than it was, and was not read to its end. */
      readonly sha256: string | undefined;
    };

/** Everything that can go wrong with a state beyond AWS itself. `reason` is what workflows branch on (docs/design.md#errors-are-typed). */
export type StateErrorDetails =
  /** The lock is a freeze, whose end is further away than the step may wait. */
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
      /** The digest that the table says comes next, by a holder of the lock; undefined: none was announced. */
      readonly announced: string | undefined;
      /** Who wrote the object, if it is whole as they left it. */
      readonly written: StateProvenance | undefined;
    }
  | {
      readonly reason: 'state_unreadable';
      readonly where: 'stored' | 'local';
      readonly problem: string;
      readonly detail: string;
    }
  | {
      readonly reason: 'fingerprint_mismatch';
      readonly expected: string;
      readonly actual: string;
      readonly current: CurrentObject | undefined;
    }
  | {
      readonly reason: 'serial_mismatch';
      readonly expected: bigint;
      /** Undefined: there is no state. */
      readonly actual: bigint | undefined;
      readonly current: CurrentObject | undefined;
    }
  | {
      readonly reason: 'lineage_mismatch';
      readonly expected: string;
      /** Undefined: there is no state. */
      readonly actual: string | undefined;
      readonly current: CurrentObject | undefined;
    }
  /** A gate demands a state, and there is none. */
  | { readonly reason: 'state_missing' }
  /** The plan would destroy what a gate protects: `changes` is not empty. */
  | { readonly reason: 'destroy_forbidden'; readonly changes: readonly PlannedChange[] }
  | PlanErrorDetails
  | { readonly reason: 'lock_lost'; readonly holder: LockHolder | undefined }
  /** The state is in S3, and the lock was freed by somebody while it was pushed. */
  | { readonly reason: 'push_in_doubt'; readonly holder: LockHolder | undefined }
  | {
      readonly reason: 'state_conflict';
      readonly expectedEtag: string | undefined;
      readonly current: CurrentObject | undefined;
    }
  | { readonly reason: 'push_refused'; readonly refusal: PushRefusal }
  /** The state is in S3 and its lock was released, but readers of its published outputs get earlier ones. */
  | { readonly reason: 'outputs_not_published'; readonly cause: unknown }
  /** The state is in S3, and the one before it could not be kept as `key`, which the job asked for. `why` in words. */
  | { readonly reason: 'snapshot_failed'; readonly key: string; readonly why: string }
  | { readonly reason: 'published_outputs_unreadable'; readonly detail: string }
  /** The local files were gone when post came, so nobody knows whether the job had changed the state. */
  | { readonly reason: 'local_state_lost'; readonly directory: string }
  /** The job wrote states of workspaces that are not the one held. */
  | { readonly reason: 'other_workspace'; readonly paths: readonly string[] }
  /** The job wrote states past the pulled one that S3 does not have. */
  | { readonly reason: 'unpushed_state'; readonly paths: readonly string[] }
  // An errored.tfstate that was not taken for the job's state.
  | { readonly reason: 'errored_state'; readonly paths: readonly string[] }
  /** The files that lead Terraform to the pulled state say something else by now. */
  | { readonly reason: 'override_changed'; readonly paths: readonly string[] }
  /** The checkpointer's last push was not seen to its end, and the object could not be looked at: it may lack its digest. */
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
  /** The store can't keep two from taking a lock file: it refuses (`cause`) or ignores conditional puts. */
  | { readonly reason: 'no_conditional_writes'; readonly cause: unknown }
  /** A stale lock file can't be replaced: the store refuses the condition even on the very file that is there. */
  | { readonly reason: 'takeover_refused'; readonly holder: LockHolder }
  /**
   * One place of the lock was ours, the other `holder`'s; and then ours could not be given back: it `stays`, unless
   * a later try `freed` it.
   */
  | {
      readonly reason: 'rollback_failed';
      readonly stays: 'file' | 'item';
      readonly freed: boolean;
      readonly holder: LockHolder | undefined;
      readonly info: string;
      readonly cause: unknown;
    }
  /** `release_unsure`: whether the lock was taken at all is not known either. */
  | {
      readonly reason: 'release_failed' | 'release_unsure';
      readonly info: string;
      readonly cause: unknown;
    };

/** How workflows name this action: `uses: <repository>@<ref>`, and its others by their path in between. */
export interface ActionName {
  readonly repository: string;
  readonly ref: string;
}

/** Which state a fault is about, and what its commands need. */
export interface StateScope extends StateStores {
  readonly region: string;
  readonly endpoints: AwsSettings['endpoints'];
  /** Whether the objects are under a key of the customer (SSE-C), which no read can do without. */
  readonly underCustomerKey: boolean;
  readonly action: ActionName;
  /** Where the pages of runs are: the address of this job's GitHub server, empty outside of any job. */
  readonly githubServer: string;
}

/** A fault of one state. The words for it are made in one place only: src/messages/. */
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

/** Nothing but the scope of what may be a whole backend. */
export function copyScope(scope: StateScope): StateScope {
  const { address, table, useLockfile, region, endpoints, underCustomerKey, action, githubServer } = scope;
  return { address, table, useLockfile, region, endpoints, underCustomerKey, action, githubServer };
}
