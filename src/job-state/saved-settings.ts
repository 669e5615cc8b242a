import * as v from 'valibot';
import type {
  AccountRule,
  AssumeRole,
  AwsSettings,
  CredentialSettings,
  NetworkSettings,
  RoleSession,
  SessionTag,
  StaticKeys,
  WebIdentity,
} from '../aws/settings.ts';
import type { StateAddress } from '../backend/address.ts';
import type { BackendSettings, ObjectOptions } from '../backend/settings.ts';
import { type FieldsOf, maybe } from './serialize-state.ts';

const text = v.string();

const ROLE_SESSION = {
  roleArn: text,
  sessionName: text,
  policy: maybe(text),
  policyArns: v.array(text),
  durationSeconds: maybe(v.number()),
} satisfies FieldsOf<RoleSession>;

const WEB_IDENTITY = {
  ...ROLE_SESSION,
  token: v.variant('from', [
    v.object({ from: v.literal('github'), audience: text }),
    v.object({ from: v.literal('file'), path: text }),
  ]),
} satisfies FieldsOf<WebIdentity>;

const SESSION_TAG = { key: text, value: text } satisfies FieldsOf<SessionTag>;
const SESSION_TAGS = v.array(v.object(SESSION_TAG));

const ASSUME_ROLE = {
  ...ROLE_SESSION,
  externalId: maybe(text),
  sourceIdentity: maybe(text),
  tags: SESSION_TAGS,
  givenTags: SESSION_TAGS,
  transitiveTagKeys: v.array(text),
} satisfies FieldsOf<AssumeRole>;

const STATIC_KEYS = {
  accessKeyId: text,
  secretAccessKey: text,
  sessionToken: maybe(text),
} satisfies FieldsOf<StaticKeys>;

const METADATA = {
  endpoint: maybe(text),
  mode: maybe(v.picklist(['IPv4', 'IPv6'])),
} satisfies FieldsOf<CredentialSettings['metadata']>;

const CREDENTIALS = {
  static: maybe(v.object(STATIC_KEYS)),
  profile: maybe(text),
  sharedCredentialsFiles: v.array(text),
  sharedConfigFiles: v.array(text),
  skipMetadataApiCheck: maybe(v.boolean()),
  metadata: v.object(METADATA),
  webIdentity: maybe(v.object(WEB_IDENTITY)),
  via: v.array(v.object(ASSUME_ROLE)),
  assumeRole: maybe(v.object(ASSUME_ROLE)),
  isPolicyOptional: v.boolean(),
} satisfies FieldsOf<CredentialSettings>;

const NETWORK = {
  httpProxy: maybe(text),
  httpsProxy: maybe(text),
  noProxy: maybe(text),
  caBundle: maybe(text),
  insecure: v.boolean(),
} satisfies FieldsOf<NetworkSettings>;

const ACCOUNTS = { allowed: v.array(text), forbidden: v.array(text) } satisfies FieldsOf<AccountRule>;

const ENDPOINTS = { s3: maybe(text), dynamodb: maybe(text), sts: maybe(text) } satisfies FieldsOf<
  AwsSettings['endpoints']
>;

const VARIANTS = { fips: v.boolean(), dualstack: v.boolean() } satisfies FieldsOf<AwsSettings['variants']>;

const AWS_SETTINGS = {
  region: text,
  endpoints: v.object(ENDPOINTS),
  stsRegion: maybe(text),
  usePathStyle: v.boolean(),
  variants: v.object(VARIANTS),
  skipS3Checksum: v.boolean(),
  maxAttempts: v.number(),
  retryMode: v.picklist(['standard', 'adaptive']),
  network: v.object(NETWORK),
  accounts: v.object(ACCOUNTS),
  credentials: v.object(CREDENTIALS),
} satisfies FieldsOf<AwsSettings>;

const ADDRESS = {
  bucket: text,
  workspace: text,
  objectKey: text,
  lockFileKey: text,
  lockPath: text,
  digestPath: text,
} satisfies FieldsOf<StateAddress>;

const OBJECTS = {
  encrypt: v.boolean(),
  kmsKeyId: maybe(text),
  customerKey: maybe(text),
  acl: maybe(text),
  stateTags: v.optional(maybe(text)),
  lockTags: v.optional(maybe(text)),
} satisfies FieldsOf<ObjectOptions>;

const BACKEND_SETTINGS = {
  address: v.object(ADDRESS),
  table: maybe(text),
  useLockfile: v.boolean(),
  objects: v.object(OBJECTS),
  aws: v.object(AWS_SETTINGS),
} satisfies FieldsOf<BackendSettings>;

/** A backend's settings in the form that `serializeState` writes. */
export const BackendSettingsSchema: v.GenericSchema<unknown, BackendSettings> = v.object(BACKEND_SETTINGS);
