import { isKnownRegion } from '../../aws/regions.ts';
import type { CredentialSettings } from '../../aws/settings.ts';
import {
  DEFAULT_WORKSPACE,
  DEFAULT_WORKSPACE_KEY_PREFIX,
  locationProblems,
  stateAddress,
} from '../../backend/address.ts';
import type { BackendSettings, ObjectOptions } from '../../backend/settings.ts';
import type { InputReader } from '../../runner/inputs.ts';
import type { Job } from '../../runner/job.ts';
import { readEndpoints } from './endpoint-inputs.ts';
import { cureFor, readGiven } from './given.ts';
import { readAssumeRole } from './role-inputs.ts';

/** The backend's settings as far as the inputs are sound, and what a user should be told about them. */
export interface BackendInputs {
  readonly settings: BackendSettings;
  /** Skip `sts:GetCallerIdentity`. */
  readonly skipCredentialsValidation: boolean;
  readonly warnings: readonly string[];
}

const TERRAFORM_MAX_RETRIES = 5;
const SDK_MAX_ATTEMPTS = 3;

/**
 * Reads every setting of Terraform's S3 backend, with Terraform's names, environment variables and defaults
 * (spec 6.2). Problems go to the reader; the settings are to be used only if it has none.
 */
export function readBackendInputs(
  reader: InputReader,
  job: Job,
  profileRegion: string | undefined,
): BackendInputs {
  const warnings: string[] = [];
  const objects = readObjectOptions(reader, warnings);
  const settings: BackendSettings = {
    address: readAddress(reader),
    dynamodbTable: readTable(reader, warnings),
    objects,
    aws: {
      region: readRegion(reader, profileRegion),
      endpoints: readEndpoints(reader, warnings),
      usePathStyle: readPathStyle(reader),
      maxAttempts: readMaxAttempts(reader),
      credentials: readCredentials(reader, job, warnings),
    },
  };
  if (reader.boolean('skip_get_ec2_platforms') !== undefined) {
    warnings.push('skip_get_ec2_platforms is deprecated and has no effect: EC2 is never asked. Remove it.');
  }
  // Accepted for the sake of copied backend blocks; the account id is never requested.
  reader.boolean('skip_requesting_account_id');
  const skipCredentialsValidation = reader.boolean('skip_credentials_validation') ?? false;
  return { settings, skipCredentialsValidation, warnings };
}

function readAddress(reader: InputReader) {
  const bucket = reader.text('bucket');
  const key = reader.text('key');
  if (bucket === undefined) reader.reject('bucket', undefined, 'name the S3 bucket that holds the state');
  else if (bucket.includes('/') && !bucket.startsWith('arn:')) {
    reader.reject('bucket', bucket, 'give the name of the bucket only; the path belongs into key');
  }
  if (key === undefined) reader.reject('key', undefined, 'give the path of the state file inside the bucket');
  const workspace = readGiven(reader, 'workspace', ['TF_WORKSPACE']);
  const location = {
    bucket: bucket ?? '',
    key: key ?? 'missing',
    workspace: workspace?.value ?? DEFAULT_WORKSPACE,
    workspaceKeyPrefix: readPrefix(reader),
  };
  for (const { setting, value, cure } of locationProblems(location)) {
    reader.reject(setting, value, setting === 'workspace' ? cureFor(workspace, cure) : cure);
  }
  return stateAddress(location);
}

/** An empty input means "not given", so no prefix at all is written as HCL would: `""`. */
function readPrefix(reader: InputReader): string {
  const prefix = reader.text('workspace_key_prefix') ?? DEFAULT_WORKSPACE_KEY_PREFIX;
  return prefix === '""' ? '' : prefix;
}

const TABLE = /^(?:[A-Za-z0-9_.-]{3,255}|arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255})$/;

function readTable(reader: InputReader, warnings: string[]): string | undefined {
  const table = reader.text('dynamodb_table');
  const legacy = reader.text('lock_table');
  if (table !== undefined && legacy !== undefined && table !== legacy) {
    reader.reject('lock_table', legacy, `it differs from dynamodb_table (${table}): remove lock_table`);
  }
  const used = table ?? legacy;
  if (used === undefined) {
    warnings.push(
      'No dynamodb_table is set: the state is NOT locked, and nothing checks that it is complete. Another job or a laptop can ' +
        'change it at the same time; then this job can still not overwrite that change, but its own state is refused.',
    );
  } else if (!TABLE.test(used)) {
    reader.reject(
      table === undefined ? 'lock_table' : 'dynamodb_table',
      used,
      'give the name (3 to 255 letters, digits, _ . -) or the ARN of a DynamoDB table',
    );
  }
  return used;
}

function readRegion(reader: InputReader, profileRegion: string | undefined): string {
  const given = reader.text('region');
  const skip = reader.boolean('skip_region_validation') ?? false;
  if (given !== undefined && !skip && !isKnownRegion(given)) {
    reader.reject(
      'region',
      given,
      'use an AWS region such as us-east-1, or set skip_region_validation: true',
    );
  }
  const region = given ?? reader.environment('AWS_REGION', 'AWS_DEFAULT_REGION') ?? profileRegion;
  if (region === undefined) {
    reader.reject(
      'region',
      undefined,
      "give the bucket's AWS region here, in AWS_REGION or in the AWS profile",
    );
  }
  return region ?? '';
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const KMS_KEY = new RegExp(
  `^(?:arn:[^:]+:kms:[^:]+:\\d{12}:(?:key/(?:${UUID}|mrk-[0-9a-f]{32})|alias/[A-Za-z0-9/_-]+)|${UUID}|mrk-[0-9a-f]{32}|alias/[A-Za-z0-9/_-]+)$`,
  'i',
);

function readObjectOptions(reader: InputReader, warnings: string[]): ObjectOptions {
  const encrypt = reader.boolean('encrypt') ?? false;
  const kmsKeyId = reader.text('kms_key_id');
  if (kmsKeyId !== undefined && !KMS_KEY.test(kmsKeyId)) {
    reader.reject('kms_key_id', kmsKeyId, 'give the id, the alias (alias/NAME) or the ARN of a KMS key');
  }
  if (kmsKeyId !== undefined && !encrypt) {
    warnings.push('kms_key_id has no effect without encrypt: true, in Terraform as here.');
  }
  return { encrypt, kmsKeyId, acl: reader.text('acl') };
}

function readPathStyle(reader: InputReader): boolean {
  const style = reader.boolean('use_path_style');
  const legacy = reader.boolean('force_path_style');
  if (style !== undefined && legacy !== undefined) {
    reader.reject(
      'force_path_style',
      String(legacy),
      'it is the old name of use_path_style: remove one of them',
    );
  }
  return style ?? legacy ?? false;
}

/** Terraform's max_retries counts all attempts; 0 leaves it to AWS_MAX_ATTEMPTS (spec 6.2). */
function readMaxAttempts(reader: InputReader): number {
  const given = reader.integer('max_retries', 0) ?? TERRAFORM_MAX_RETRIES;
  if (given > 0) return given;
  const fromEnvironment = Number(reader.environment('AWS_MAX_ATTEMPTS'));
  return Number.isInteger(fromEnvironment) && fromEnvironment > 0 ? fromEnvironment : SDK_MAX_ATTEMPTS;
}

function readCredentials(reader: InputReader, job: Job, warnings: string[]): CredentialSettings {
  return {
    static: readStaticKeys(reader),
    profile: reader.text('profile'),
    sharedCredentialsFile: reader.text('shared_credentials_file'),
    skipMetadataApiCheck: reader.boolean('skip_metadata_api_check'),
    assumeRole: readAssumeRole(reader, job, warnings),
  };
}

function readStaticKeys(reader: InputReader): CredentialSettings['static'] {
  const accessKeyId = reader.text('access_key');
  const secretAccessKey = reader.text('secret_key');
  const sessionToken = reader.text('token');
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined)
    return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'access_key' : 'secret_key';
    reader.reject(missing, undefined, 'access_key and secret_key go together, and token only with both');
    return undefined;
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}
