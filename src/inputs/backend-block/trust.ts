/** What an argument can do with secrets, or with this machine, that no file of the repository may decide. */
export type Danger =
  | 'destination'
  | 'interception'
  | 'command'
  | 'file'
  | 'metadata'
  | 'keys'
  | 'policy'
  | 'publication';

/** Why only the workflow sets an input, and the value that is harmless from any source. */
export interface Restriction {
  readonly danger: Danger;
  readonly harmless: string | undefined;
}

const restricted = (danger: Danger, harmless?: string): Restriction => ({ danger, harmless });

/**
 * Each input that an argument of the backend replaces, and whether a file of the repository may set it: `anyone` for
 * where the state is, how it is locked and encrypted, and which role is used. An input that is missing here is refused.
 */
const WHO_SETS: Readonly<Record<string, 'anyone' | Restriction>> = {
  bucket: 'anyone',
  key: 'anyone',
  region: 'anyone',
  workspace_key_prefix: 'anyone',
  dynamodb_table: 'anyone',
  lock_table: 'anyone',
  use_lockfile: 'anyone',
  encrypt: 'anyone',
  kms_key_id: 'anyone',
  sse_customer_key: 'anyone',
  acl: restricted('publication', 'private'),
  state_tags: 'anyone',
  lock_tags: 'anyone',

  access_key: restricted('keys'),
  secret_key: restricted('keys'),
  token: restricted('keys'),
  profile: restricted('command'),
  shared_credentials_file: restricted('command'),
  shared_credentials_files: restricted('command'),
  shared_config_files: restricted('command'),
  web_identity_token_file: restricted('file'),
  skip_metadata_api_check: restricted('metadata', 'true'),
  ec2_metadata_service_endpoint: restricted('metadata'),
  ec2_metadata_service_endpoint_mode: restricted('metadata'),

  role_arn: 'anyone',
  external_id: 'anyone',
  session_name: 'anyone',
  source_identity: 'anyone',
  assume_role_duration: 'anyone',
  assume_role_duration_seconds: 'anyone',
  assume_role_tags: 'anyone',
  assume_role_transitive_tag_keys: 'anyone',
  assume_role_policy: restricted('policy'),
  assume_role_policy_arns: restricted('policy'),
  'assume_role_with_web_identity.role_arn': 'anyone',
  'assume_role_with_web_identity.session_name': 'anyone',
  'assume_role_with_web_identity.duration': 'anyone',
  'assume_role_with_web_identity.policy': restricted('policy'),
  'assume_role_with_web_identity.policy_arns': restricted('policy'),
  allowed_account_ids: 'anyone',
  forbidden_account_ids: 'anyone',

  endpoint: restricted('destination'),
  dynamodb_endpoint: restricted('destination'),
  sts_endpoint: restricted('destination'),
  http_proxy: restricted('interception'),
  https_proxy: restricted('interception'),
  no_proxy: restricted('interception'),
  custom_ca_bundle: restricted('interception'),
  insecure: restricted('interception', 'false'),

  sts_region: 'anyone',
  use_path_style: 'anyone',
  force_path_style: 'anyone',
  use_fips_endpoint: 'anyone',
  use_dualstack_endpoint: 'anyone',
  max_retries: 'anyone',
  retry_mode: 'anyone',
  skip_s3_checksum: 'anyone',
  skip_credentials_validation: 'anyone',
  skip_region_validation: 'anyone',
  skip_requesting_account_id: 'anyone',
  skip_get_ec2_platforms: 'anyone',
  use_legacy_workflow: 'anyone',
};

/** Why a file of the repository may not set this input; undefined when it may. Pure. */
export function findRestriction(input: string): Restriction | undefined {
  const who = Object.hasOwn(WHO_SETS, input) ? WHO_SETS[input] : restricted('destination');
  return who === 'anyone' ? undefined : who;
}

/** Names that select credentials in this machine's files. Laptops have such files, jobs rarely. */
export const SHARED_FILE_INPUTS: ReadonlySet<string> = new Set([
  'profile',
  'shared_credentials_file',
  'shared_credentials_files',
  'shared_config_files',
]);

const RIVALS: readonly (readonly string[])[] = [
  ['access_key', 'secret_key', 'token'],
  ['dynamodb_table', 'lock_table'],
  ['use_path_style', 'force_path_style'],
  ['shared_credentials_file', 'shared_credentials_files'],
  ['assume_role_duration', 'assume_role_duration_seconds'],
  ['allowed_account_ids', 'forbidden_account_ids'],
  // When given as an input, these are all roles.
  ['assume_role_with_web_identity.role_arn', 'role_arn'],
];

/** Whether an input is given that replaces this one: itself, its other name, or the keys that it belongs to. Pure. */
export function isTaken(input: string, isInput: (name: string) => boolean): boolean {
  const rivals = RIVALS.find((names) => names.includes(input)) ?? [input];
  return rivals.some(isInput);
}
