import { hasAccountRule } from '../aws/account-rule.ts';
import { findAccount } from '../aws/arns.ts';
import { isAwsEndpoint, isStsUnknown } from '../aws/aws-endpoints.ts';
import { isKnownRegion } from '../aws/regions.ts';
import { type AwsSettings, assumesRole, type CredentialSettings } from '../aws/settings.ts';
import {
  DEFAULT_WORKSPACE,
  DEFAULT_WORKSPACE_KEY_PREFIX,
  locationProblems,
  type StateLocation,
  stateAddress,
} from '../backend/address.ts';
import type { BackendSettings } from '../backend/settings.ts';
import type { InputReader } from '../runner/inputs.ts';
import type { Job } from '../runner/job.ts';
import { toNormalForm } from '../terraform-config/normal-form.ts';
import { readAccountRule } from './account-inputs.ts';
import { listVariables } from './backend-block/setting-variables.ts';
import { readCredentials } from './credential-inputs.ts';
import { readEndpoints, readVariants } from './endpoint-inputs.ts';
import { fixFor, readInputOrVariable, readVariable } from './input-or-variable.ts';
import { readNetwork } from './network-inputs.ts';
import { readObjectOptions } from './object-inputs.ts';
import { rejectPlainHttp } from './plain-http-inputs.ts';
import { readMaxAttemptsVariable, rejectSdkVariables } from './sdk-variables.ts';

/** The backend's settings as far as the inputs are valid, and warnings for the user. */
export interface BackendInputs {
  readonly settings: BackendSettings;
  /** Skip `sts:GetCallerIdentity`, because the user asked for it, or no STS is known. */
  readonly skipCredentialsValidation: boolean;
  readonly warnings: readonly string[];
}

const TERRAFORM_MAX_RETRIES = 5;
const SDK_MAX_ATTEMPTS = 3;

/**
 * Reads every setting of Terraform's S3 backend, with Terraform's names, environment variables and defaults
 * (docs/protocol.md#configuration). Problems go to the reader. The settings are valid only if it has none.
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
    table: readTable(reader),
    useLockfile: reader.boolean('use_lockfile') ?? false,
    objects,
    aws: readAws(reader, job, profileRegion, warnings),
  };
  rejectPlainHttp(reader, settings.aws, objects);
  rejectSdkVariables(reader);
  if (reader.boolean('skip_get_ec2_platforms') !== undefined) {
    warnings.push(
      'skip_get_ec2_platforms is deprecated and has no effect: the action never calls EC2. Remove it.',
    );
  }
  if (reader.boolean('use_legacy_workflow') === true) {
    warnings.push(
      'use_legacy_workflow has no effect: inputs win over the environment, as in Terraform since 1.7.',
    );
  }
  // Accepted for copied backend blocks. The account id is never requested.
  reader.boolean('skip_requesting_account_id');
  const skipCredentialsValidation =
    reader.boolean('skip_credentials_validation') ?? isStsUnknown(settings.aws);
  const aws = skipCredentialsValidation ? withoutIdleRule(settings.aws, warnings) : settings.aws;
  return { settings: { ...settings, aws }, skipCredentialsValidation, warnings };
}

/** Only STS knows the account of keys without an assumed role, and a store's keys must not be sent to AWS's STS. */
function withoutIdleRule(aws: AwsSettings, warnings: string[]): AwsSettings {
  if (!hasAccountRule(aws.accounts) || !isStsUnknown(aws) || assumesRole(aws.credentials)) return aws;
  const name = aws.accounts.allowed.length > 0 ? 'allowed_account_ids' : 'forbidden_account_ids';
  warnings.push(
    `${name} is not checked: that needs STS, and AWS's STS does not know the keys of the store at ${aws.endpoints.s3}. To have it ` +
      'checked, set sts_endpoint.',
  );
  return { ...aws, accounts: { allowed: [], forbidden: [] } };
}

function readAws(
  reader: InputReader,
  job: Job,
  profileRegion: string | undefined,
  warnings: string[],
): AwsSettings {
  const regions = readRegions(reader, profileRegion);
  const endpoints = readEndpoints(reader, warnings);
  const aws = {
    ...regions,
    endpoints,
    usePathStyle: readPathStyle(reader),
    variants: readVariants(reader),
    skipS3Checksum: reader.boolean('skip_s3_checksum') ?? false,
    maxAttempts: readMaxAttempts(reader),
    retryMode: readRetryMode(reader),
    network: readNetwork(reader, job, warnings),
    accounts: readAccountRule(reader, endpoints.sts, warnings),
    credentials: readCredentials(reader, job, warnings),
  };
  if (isAwsEndpoint(endpoints.sts)) warnOfNoAccount(reader, aws.credentials, warnings);
  return aws;
}

function warnOfNoAccount(
  reader: InputReader,
  { webIdentity, via, assumeRole }: CredentialSettings,
  warnings: string[],
): void {
  const arns = [webIdentity, ...via, assumeRole].flatMap((role) => role?.roleArn ?? []);
  const without = arns.find((arn) => findAccount(arn) === undefined);
  if (without === undefined) return;
  warnings.push(
    `role_arn: ${reader.quote(without)} names no account, so AWS's STS will refuse it. If it is a role of your S3-compatible store, set sts_endpoint.`,
  );
}

/** Where the state is, according to the inputs. `readBackendInputs` refuses what is missing. */
export function readLocation(reader: InputReader): StateLocation {
  const key = reader.text('key');
  return {
    bucket: reader.text('bucket') ?? '',
    // Terraform also converts all texts of a configuration to Unicode's normal form.
    key: key === undefined ? 'missing' : toNormalForm(key),
    workspace: readInputOrVariable(reader, 'workspace')?.value ?? DEFAULT_WORKSPACE,
    workspaceKeyPrefix: readPrefix(reader),
  };
}

function readAddress(reader: InputReader) {
  const bucket = reader.text('bucket');
  if (bucket === undefined) reader.reject('bucket', undefined, 'name the S3 bucket that holds the state');
  else if (bucket.includes('/') && !bucket.startsWith('arn:')) {
    reader.reject('bucket', bucket, 'give only the name of the bucket; the path belongs in key');
  }
  if (reader.text('key') === undefined)
    reader.reject('key', undefined, 'give the path of the state file inside the bucket');
  const workspace = readInputOrVariable(reader, 'workspace');
  const location = readLocation(reader);
  for (const { setting, value, fix } of locationProblems(location)) {
    reader.reject(setting, value, setting === 'workspace' ? fixFor(workspace, fix) : fix);
  }
  return stateAddress(location);
}

/** An empty input means "not given", so the empty prefix is written as in HCL: `""`. */
function readPrefix(reader: InputReader): string {
  const prefix = reader.text('workspace_key_prefix') ?? DEFAULT_WORKSPACE_KEY_PREFIX;
  return prefix === '""' ? '' : toNormalForm(prefix);
}

const TABLE = /^(?:[A-Za-z0-9_.-]{3,255}|arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255})$/;

function readTable(reader: InputReader): string | undefined {
  const table = reader.text('dynamodb_table');
  const legacy = reader.text('lock_table');
  if (table !== undefined && legacy !== undefined && table !== legacy) {
    reader.reject('lock_table', legacy, `it differs from dynamodb_table (${table}): remove lock_table`);
  }
  const used = table ?? legacy;
  if (used !== undefined && !TABLE.test(used)) {
    reader.reject(
      table === undefined ? 'lock_table' : 'dynamodb_table',
      used,
      'give the name (3 to 255 letters, digits, _ . -) or the ARN of a DynamoDB table',
    );
  }
  return used;
}

const HOST_LABEL_ONLY = 'use letters, digits and - only: a region is part of a host name';
const HOST_LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** The region of bucket and table, and that of STS if it has its own. */
function readRegions(reader: InputReader, profileRegion: string | undefined) {
  const skip = reader.boolean('skip_region_validation') ?? false;
  const given = reader.text('region');
  const stsRegion = reader.text('sts_region');
  for (const [name, value] of Object.entries({ region: given, sts_region: stsRegion })) {
    if (value === undefined || isKnownRegion(value)) continue;
    if (!skip) {
      reader.reject(name, value, 'use an AWS region such as us-east-1, or set skip_region_validation: true');
    } else if (!HOST_LABEL.test(value)) {
      reader.reject(name, value, HOST_LABEL_ONLY);
    }
  }
  const variable = readVariable(reader, listVariables('region'));
  const region = given ?? variable?.value ?? profileRegion;
  // Terraform doesn't look for these in its table of regions.
  if (given === undefined && region !== undefined && !HOST_LABEL.test(region)) {
    const from = variable?.variable ?? 'the AWS profile';
    reader.reject('region', region, `it comes from ${from}; ${HOST_LABEL_ONLY}`);
  }
  if (region === undefined) {
    reader.reject(
      'region',
      undefined,
      "give the bucket's AWS region here, in AWS_REGION or in the AWS profile",
    );
  }
  return { region: region ?? '', stsRegion };
}

const RETRY_MODES = ['standard', 'adaptive'] as const;

function readRetryMode(reader: InputReader): AwsSettings['retryMode'] {
  const given = readInputOrVariable(reader, 'retry_mode');
  const mode = RETRY_MODES.find((name) => name === given?.value);
  if (given !== undefined && mode === undefined) {
    reader.reject('retry_mode', given.value, fixFor(given, 'use standard or adaptive'));
  }
  return mode ?? 'standard';
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

/** Terraform's max_retries counts all attempts. With 0, AWS_MAX_ATTEMPTS decides (docs/protocol.md#configuration). */
function readMaxAttempts(reader: InputReader): number {
  const given = reader.integer('max_retries', 0) ?? TERRAFORM_MAX_RETRIES;
  const fromEnvironment = readMaxAttemptsVariable(reader) ?? SDK_MAX_ATTEMPTS;
  return given > 0 ? given : fromEnvironment;
}
