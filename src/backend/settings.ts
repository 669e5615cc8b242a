import type { Aws } from '../aws/aws.ts';
import type { AwsSettings } from '../aws/settings.ts';
import type { StateAddress } from './address.ts';

/** How objects are written: Terraform's `encrypt`, `kms_key_id` and `acl` (spec 3.1). */
export interface ObjectOptions {
  readonly encrypt: boolean;
  readonly kmsKeyId: string | undefined;
  readonly acl: string | undefined;
}

/** A validated backend configuration: where the state is, how it is written, how AWS is reached. */
export interface BackendSettings {
  readonly address: StateAddress;
  /** Undefined: no lock and no digest, as in Terraform. */
  readonly dynamodbTable: string | undefined;
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
  readonly objects: ObjectOptions;
}
