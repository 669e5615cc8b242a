/** Why an argument is not supported, and what to do instead. */
interface Refused {
  readonly refused: string;
}

/** As the input with this name, which accepts strings, and lists and maps in JSON. */
export interface AsInput {
  readonly input: string;
  readonly type: 'text' | 'boolean' | 'list' | 'map';
}

/** Only for requests that this action never makes, so any value is accepted and nothing reads it. */
interface Unused {
  readonly unusedFor: string;
}

/** How one argument, or one field of an argument, is supported. */
export type ValueRule = AsInput | Refused | Unused;

/** How an argument of Terraform's S3 backend is supported: by one rule, or field by field. */
export type ArgumentRule = ValueRule | { readonly fields: Readonly<Record<string, ValueRule>> };

const NOT_SUPPORTED = 'this action does not support it';
const asText = (input: string): AsInput => ({ input, type: 'text' });
const asBoolean = (input: string): AsInput => ({ input, type: 'boolean' });
const asList = (input: string): AsInput => ({ input, type: 'list' });

const TEXTS = [
  'bucket',
  'key',
  'region',
  'workspace_key_prefix',
  'dynamodb_table',
  'lock_table',
  'kms_key_id',
  'sse_customer_key',
  'acl',
  'access_key',
  'secret_key',
  'token',
  'profile',
  'shared_credentials_file',
  'role_arn',
  'external_id',
  'session_name',
  'assume_role_policy',
  'assume_role_duration_seconds',
  'endpoint',
  'dynamodb_endpoint',
  'sts_endpoint',
  'sts_region',
  'custom_ca_bundle',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'max_retries',
  'retry_mode',
  'ec2_metadata_service_endpoint',
  'ec2_metadata_service_endpoint_mode',
];

const BOOLEANS = [
  'use_lockfile',
  'encrypt',
  'use_path_style',
  'force_path_style',
  'use_fips_endpoint',
  'insecure',
  'use_dualstack_endpoint',
  'skip_credentials_validation',
  'skip_region_validation',
  'skip_s3_checksum',
  'skip_metadata_api_check',
  'skip_requesting_account_id',
  'skip_get_ec2_platforms',
  'use_legacy_workflow',
];

const LISTS = [
  'shared_credentials_files',
  'shared_config_files',
  'allowed_account_ids',
  'forbidden_account_ids',
  'assume_role_policy_arns',
  'assume_role_transitive_tag_keys',
];

const TAGS: AsInput = { input: 'assume_role_tags', type: 'map' };

/** Its fields are inputs with their full names. */
export const WEB_IDENTITY = 'assume_role_with_web_identity';

// A role of its own, which may then assume that of assume_role. No input replaces it.
const WEB_IDENTITY_TEXTS = ['role_arn', 'session_name', 'policy', 'duration'];
const WEB_IDENTITY_FIELDS: Readonly<Record<string, AsInput | Refused>> = {
  ...Object.fromEntries(WEB_IDENTITY_TEXTS.map((name) => [name, asText(`${WEB_IDENTITY}.${name}`)])),
  policy_arns: asList(`${WEB_IDENTITY}.policy_arns`),
  web_identity_token_file: asText('web_identity_token_file'),
  web_identity_token: { refused: `${NOT_SUPPORTED}; give web_identity_token_file instead` },
};

const IAM: Unused = { unusedFor: 'IAM' };

const ENDPOINTS = {
  s3: asText('endpoint'),
  dynamodb: asText('dynamodb_endpoint'),
  sts: asText('sts_endpoint'),
  iam: IAM,
  sso: { refused: `${NOT_SUPPORTED}; set AWS_ENDPOINT_URL_SSO in the environment of this step instead` },
};

const RULES: ReadonlyMap<string, ArgumentRule> = new Map<string, ArgumentRule>([
  ...TEXTS.map((name): [string, ArgumentRule] => [name, asText(name)]),
  ...BOOLEANS.map((name): [string, ArgumentRule] => [name, asBoolean(name)]),
  ...LISTS.map((name): [string, ArgumentRule] => [name, asList(name)]),
  ['assume_role_tags', TAGS],
  ['endpoints', { fields: ENDPOINTS }],
  ['iam_endpoint', IAM],
  [
    'assume_role',
    {
      fields: {
        role_arn: asText('role_arn'),
        session_name: asText('session_name'),
        policy: asText('assume_role_policy'),
        duration: asText('assume_role_duration'),
        policy_arns: asList('assume_role_policy_arns'),
        tags: TAGS,
        external_id: asText('external_id'),
        source_identity: asText('source_identity'),
        transitive_tag_keys: asList('assume_role_transitive_tag_keys'),
      },
    },
  ],
  [WEB_IDENTITY, { fields: WEB_IDENTITY_FIELDS }],
  // OpenTofu's.
  ['state_tags', { input: 'state_tags', type: 'map' }],
  ['lock_tags', { input: 'lock_tags', type: 'map' }],
]);

/** The rule for an argument; undefined when Terraform's S3 backend has none with that name. */
export function findRule(name: string): ArgumentRule | undefined {
  return RULES.get(name);
}

/** The inputs that arguments of the backend may replace. */
export const BACKEND_INPUTS: readonly string[] = [
  ...TEXTS,
  ...BOOLEANS,
  ...LISTS,
  'assume_role_tags',
  'state_tags',
  'lock_tags',
  'assume_role_duration',
  'source_identity',
  'web_identity_token_file',
  `${WEB_IDENTITY}.policy_arns`,
  ...WEB_IDENTITY_TEXTS.map((name) => `${WEB_IDENTITY}.${name}`),
];

/** Inputs whose values are secret, wherever they come from. */
export const SECRET_INPUTS = ['access_key', 'secret_key', 'token', 'sse_customer_key'] as const;

/** Inputs that are paths, in which `${NAME}` is expanded. */
export const PATH_INPUTS: ReadonlySet<string> = new Set([
  'custom_ca_bundle',
  'web_identity_token_file',
  'shared_credentials_file',
  'shared_credentials_files',
  'shared_config_files',
]);
