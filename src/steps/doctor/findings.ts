import type { Principal } from '../../aws/aws.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { BucketEncryption, BucketScope } from '../../backend/policy/bucket-setup.ts';
import type { TableSetup } from '../../backend/policy/table-setup.ts';
import type { Use } from '../../backend/policy/uses.ts';
import type { ObjectOptions } from '../../backend/settings.ts';
import type { StoredDigest } from '../../backend/state/digest.ts';
import type { StateScope } from '../../backend/state-error.ts';
import type { UnaskedReason } from '../../messages/doctor-findings.ts';

/** The answer to one question; `unasked`: it was not asked. */
export type Answer<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'unasked'; readonly reason: UnaskedReason };

/** The state object, as far as it was read; `serial` is undefined when it was only looked up. */
export interface SeenState {
  readonly serial: string | undefined;
}

/** A digest item that could be read. */
export type ReadDigest = Exclude<StoredDigest, { kind: 'unreadable' }>;

/** One write that was requested with a condition that can't be true. */
export interface Probe {
  /** IAM's name for it: `dynamodb:PutItem`. */
  readonly permission: string;
  /** `item bucket/key of table locks`, `s3://bucket/key`. */
  readonly resource: string;
  /** Whether a job can do without it as long as nothing fails. */
  readonly isSpare: boolean;
  readonly answer: Answer<void>;
}

/** Who we are to AWS. */
export interface IdentityFindings {
  readonly signIn: Answer<void>;
  readonly caller: Answer<Principal>;
}

/** How bucket and table are set up. */
export interface SetupFindings {
  readonly bucket: Answer<BucketScope>;
  /** `Enabled`, `Suspended`; undefined when never on. */
  readonly versioning: Answer<string | undefined>;
  readonly encryption: Answer<BucketEncryption | undefined>;
  /** The settings of the public access block that are off. */
  readonly openAccess: Answer<readonly string[]>;
  readonly table: Answer<TableSetup>;
}

/** What can be reached of the state itself. */
export interface StateFindings {
  /** Undefined when there is no state yet. */
  readonly state: Answer<SeenState | undefined>;
  readonly digest: Answer<ReadDigest>;
  readonly lockItem: Answer<FoundLock | undefined>;
  readonly lockFile: Answer<FoundLock | undefined>;
  readonly probes: readonly Probe[];
}

/** What the findings are about, and what decides about them. */
export interface Subject {
  readonly scope: StateScope;
  readonly use: Use;
  readonly objects: Pick<ObjectOptions, 'encrypt' | 'kmsKeyId' | 'customerKey'>;
  /** Whose permissions they are, as far as is known. */
  readonly caller: string;
  /** Whether the job's own identity assumes the role. */
  readonly hasWebIdentity: boolean;
  readonly hasAccountRule: boolean;
  /** Whether a role is assumed, which proves the credentials. */
  readonly assumesRole: boolean;
  /** The page of this run; empty outside of GitHub Actions. */
  readonly runUrl: string;
  /** In ms since the epoch. */
  readonly now: number;
}

/** Asks one question. A failure is an answer too. */
export async function ask<Value>(question: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    return { kind: 'answered', value: await question() };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

export function unasked(reason: UnaskedReason): {
  readonly kind: 'unasked';
  readonly reason: UnaskedReason;
} {
  return { kind: 'unasked', reason };
}
