import type { Aws } from '../aws/aws.ts';
import type { AwsSettings } from '../aws/settings.ts';
import type { StateStores } from './address.ts';
import type { StateScope } from './state-error.ts';

/** How objects are written and read: Terraform's `encrypt`, `kms_key_id`, `sse_customer_key` and `acl` (docs/protocol.md#writing). */
export interface ObjectOptions {
  readonly encrypt: boolean;
  readonly kmsKeyId: string | undefined;
  /** 32 bytes in base64: S3 encrypts with this key and does not keep it (SSE-C). */
  readonly customerKey: string | undefined;
  readonly acl: string | undefined;
  /** OpenTofu's `state_tags` and `lock_tags` in S3's form: a URL query. */
  readonly stateTags?: string | undefined;
  readonly lockTags?: string | undefined;
}

/** A validated backend configuration: where the state is, how it is written and how AWS is reached. */
export interface BackendSettings extends StateStores {
  readonly objects: ObjectOptions;
  readonly aws: AwsSettings;
}

/** One state, and the connection to reach it. */
export interface Backend extends StateScope {
  readonly aws: Aws;
  readonly objects: ObjectOptions;
}
