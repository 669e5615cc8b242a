import type { Aws } from '../aws/aws.ts';
import type { AwsSettings } from '../aws/settings.ts';
import type { StateAddress } from './address.ts';
import type { ActionName } from './state-error.ts';

/** How objects are written and read: Terraform's `encrypt`, `kms_key_id`, `sse_customer_key` and `acl` (docs/protocol.md#writing). */
export interface ObjectOptions {
  readonly encrypt: boolean;
  readonly kmsKeyId: string | undefined;
  /** 32 bytes in base64: S3 encrypts with this key and forgets it (SSE-C). */
  readonly customerKey: string | undefined;
  readonly acl: string | undefined;
  /** OpenTofu's `state_tags` and `lock_tags`, as S3 takes them: a URL's query. */
  readonly stateTags?: string | undefined;
  readonly lockTags?: string | undefined;
}

/** A validated backend configuration: where the state is, how it is written, how AWS is reached. */
export interface BackendSettings {
  readonly address: StateAddress;
  /** Undefined: no lock item and no digest, as in Terraform. */
  readonly table: string | undefined;
  /** Terraform's `use_lockfile`: the lock file beside the state, alone or before the table's item. */
  readonly useLockfile: boolean;
  readonly objects: ObjectOptions;
  readonly aws: AwsSettings;
}

/** One state, and the connection to reach it. */
export interface Backend {
  readonly aws: Aws;
  readonly region: string;
  readonly endpoints: AwsSettings['endpoints'];
  readonly address: StateAddress;
  readonly table: string | undefined;
  readonly useLockfile: boolean;
  readonly objects: ObjectOptions;
  /** Whether the objects are under a key of the customer (SSE-C), which no read can do without. */
  readonly underCustomerKey: boolean;
  /** What the ways out of a fault name. */
  readonly action: ActionName;
  /** Where the pages of runs are that locks name; empty outside of any job. */
  readonly githubServer: string;
}
