import type { AwsSettings } from '../aws/settings.ts';
import type { StateAddress } from './address.ts';
import type { LockHolder } from './lock-info.ts';
import type { StateProvenance } from './provenance.ts';

/** The object as S3 has it now, as far as it is known. */
export interface CurrentObject {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly lastModified: Date | undefined;
  readonly provenance: StateProvenance | undefined;
}

/** Everything that can go wrong with a state beyond AWS itself. `reason` is what workflows branch on (design 15). */
export type StateFault =
  | {
      readonly reason: 'lock_held' | 'lock_timeout';
      readonly holder: LockHolder | undefined;
      readonly waitedMs: number;
    }
  | { readonly reason: 'digest_mismatch'; readonly calculated: string; readonly stored: string }
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
  | { readonly reason: 'lock_lost'; readonly holder: LockHolder | undefined }
  | {
      readonly reason: 'state_conflict';
      readonly expectedEtag: string | undefined;
      readonly current: CurrentObject | undefined;
    }
  | { readonly reason: 'push_refused'; readonly rule: string }
  /** The local files were gone when post came, so nobody knows whether the job had changed the state. */
  | { readonly reason: 'local_state_lost'; readonly directory: string }
  /** The job wrote states of workspaces that are not the one held. */
  | { readonly reason: 'other_workspace'; readonly paths: readonly string[] }
  | {
      readonly reason: 'digest_not_written';
      readonly calculated: string;
      readonly stored: string | undefined;
      readonly cause: unknown;
    }
  /** `release_unsure`: whether the lock was taken at all is not known either. */
  | {
      readonly reason: 'release_failed' | 'release_unsure';
      readonly info: string;
      readonly cause: unknown;
    };

/** Which state a fault is about, and what its commands need. */
export interface StatePlace {
  readonly address: StateAddress;
  readonly table: string | undefined;
  readonly region: string;
  readonly endpoints: AwsSettings['endpoints'];
}

/** A fault of one state. The words for it are made in one place only: src/action/words/. */
export class StateError extends Error {
  readonly fault: StateFault;
  readonly place: StatePlace;

  constructor(fault: StateFault, { address, table, region, endpoints }: StatePlace) {
    super(`${fault.reason}: ${address.lockId}`, 'cause' in fault ? { cause: fault.cause } : undefined);
    this.name = 'StateError';
    this.fault = fault;
    this.place = { address, table, region, endpoints };
  }
}
