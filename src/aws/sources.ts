import type { AssumeRoleWithWebIdentityCommandInput } from '@aws-sdk/client-sts';
import { fromHttp, fromIni, fromInstanceMetadata, fromTokenFile } from '@aws-sdk/credential-providers';
import { formatDuration } from '../time/duration.ts';
import { assumeRole, assumeRoleWithWebIdentity, type StsContext } from './assume-role.ts';
import type { Environment, FetchIdToken } from './aws.ts';
import { type Keys, silentLogger } from './clients.ts';
import type { CredentialSource, SourceOutcome } from './failure.ts';
import { withOptionalPolicy } from './optional-policy.ts';
import { profileName } from './regions.ts';
import type { CredentialSettings, WebIdentity } from './settings.ts';
import { sharedFiles } from './shared-files.ts';
import { describeStatus } from './source-trouble.ts';
import { assumeByIdentity, whyNoIdToken } from './web-identity.ts';

/** One possible source of credentials. */
export interface Source {
  name: CredentialSource;
  /** Why it is not asked at all; `undefined` when it is. */
  skipped: SourceOutcome | undefined;
  /** If it is asked and has none, no other is asked, because the user chose exactly this one. */
  binding: boolean;
  /** Somebody set it up for this job, so silence does not mean that it does not exist. */
  isSetUp: boolean;
  load(): Promise<Keys>;
}

const NOT_GIVEN: SourceOutcome = { kind: 'not_given' };

/** For one request. Without an answer there are two in sequence: the token, then the older protocol. */
const metadataTimeoutMs = 500;
const containerTimeoutMs = 1_000;
/** The SDK's own limit for a container's agent ends only a failing connection attempt, not the wait for an answer. */
const containerAnswerMs = 2_000;

/**
 * Where to look for credentials, in Terraform's order (docs/protocol.md#credentials): inputs, `profile` input, keys in
 * the environment, web identity, shared files, container, instance metadata. If the settings' web identity assumes a
 * role, it is the only source, because the user wanted no other.
 *
 * The SDK reads these from `process.env` only: the SSO cache below `HOME`, `AWS_CONTAINER_*` when `env` has none of
 * them, and the address of the instance metadata service. In production, `env` is `process.env`.
 */
export function credentialSources(
  settings: CredentialSettings,
  env: Environment,
  stsContext: StsContext,
  fetchIdToken: FetchIdToken | undefined,
): Source[] {
  const { webIdentity: identity } = settings;
  const isOptional = settings.assumeRole === undefined && settings.isPolicyOptional;
  if (identity !== undefined) return [ownIdentity(identity, stsContext, fetchIdToken, isOptional)];
  return [
    inputKeys(settings),
    inputProfile(settings, env, stsContext),
    environmentKeys(env),
    webIdentity(env, stsContext),
    source({ kind: 'github' }, whyNoIdToken(settings, env), () => fail('not asked')),
    profileSource(sharedProfile(env), settings, env, stsContext),
    container(env),
    instanceMetadata(settings, env),
  ];
}

function sharedProfile(env: Environment): ProfileSource {
  return { kind: 'shared_files', profile: profileName(env, undefined) };
}

/** `isOptional`: whether the policy is optional. */
function ownIdentity(
  identity: WebIdentity,
  stsContext: StsContext,
  fetchIdToken: FetchIdToken | undefined,
  isOptional: boolean,
): Source {
  const { token } = identity;
  const name: CredentialSource =
    token.from === 'github' ? { kind: 'github' } : { kind: 'token_file', path: token.path };
  const assume = (session: WebIdentity) => () => assumeByIdentity(session, stsContext, fetchIdToken);
  return source(
    name,
    undefined,
    isOptional ? withOptionalPolicy(identity, stsContext, assume) : assume(identity),
  );
}

function inputKeys({ static: keys }: CredentialSettings): Source {
  return source({ kind: 'input_keys' }, keys ? undefined : NOT_GIVEN, async () =>
    toKeys(keys?.accessKeyId, keys?.secretAccessKey, keys?.sessionToken),
  );
}

function inputProfile(settings: CredentialSettings, env: Environment, stsContext: StsContext): Source {
  const { profile } = settings;
  if (!profile) {
    return source({ kind: 'input_profile', profile: undefined }, NOT_GIVEN, () => fail('not given'));
  }
  return { ...profileSource({ kind: 'input_profile', profile }, settings, env, stsContext), binding: true };
}

function environmentKeys(env: Environment): Source {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const missing: SourceOutcome | undefined = id && secret ? undefined : { kind: 'variables_not_set', names };
  return source({ kind: 'environment' }, missing, async () => toKeys(id, secret, token));
}

function webIdentity(env: Environment, stsContext: StsContext): Source {
  const { AWS_ROLE_ARN: roleArn, AWS_WEB_IDENTITY_TOKEN_FILE: webIdentityTokenFile } = env;
  const name: CredentialSource = { kind: 'web_identity' };
  if (!roleArn || !webIdentityTokenFile) {
    const names = ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'];
    return source(name, { kind: 'variables_not_set', names }, () => fail('not set'));
  }
  const load = fromTokenFile({
    roleArn,
    webIdentityTokenFile,
    ...(env.AWS_ROLE_SESSION_NAME ? { roleSessionName: env.AWS_ROLE_SESSION_NAME } : {}),
    roleAssumerWithWebIdentity: (params) => assumeByToken(stsContext, params),
    logger: silentLogger,
  });
  return { ...source(name, undefined, load), binding: true };
}

/** The SDK has read the token from the file that a profile or the environment names. */
async function assumeByToken(
  stsContext: StsContext,
  { WebIdentityToken, ...input }: AssumeRoleWithWebIdentityCommandInput,
): Promise<Keys> {
  return await assumeRoleWithWebIdentity(stsContext, input, async () => WebIdentityToken ?? '');
}

type ProfileSource = Extract<CredentialSource, { kind: 'input_profile' | 'shared_files' }> & {
  readonly profile: string;
};

function profileSource(
  name: ProfileSource,
  settings: CredentialSettings,
  env: Environment,
  stsContext: StsContext,
): Source {
  const load = async () =>
    fromIni({
      profile: name.profile,
      ...(await sharedFiles(env, settings)),
      ignoreCache: true,
      // For SSO, which has its own region and endpoint.
      clientConfig: { requestHandler: describeStatus(stsContext.clients.transport), maxAttempts: 1 },
      roleAssumer: (keys, params) => assumeRole(stsContext, keys, params),
      roleAssumerWithWebIdentity: (params) => assumeByToken(stsContext, params),
      logger: silentLogger,
    })();
  return source(name, undefined, load);
}

function container(env: Environment): Source {
  const relative = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const full = env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  const token = env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  const tokenFile = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  const names = ['AWS_CONTAINER_CREDENTIALS_*'];
  const skipped: SourceOutcome | undefined =
    relative || full ? undefined : { kind: 'variables_not_set', names };
  const load = async () => {
    const ask = fromHttp({
      ...(relative ? { awsContainerCredentialsRelativeUri: relative } : {}),
      ...(full ? { awsContainerCredentialsFullUri: full } : {}),
      ...(token ? { awsContainerAuthorizationToken: token } : {}),
      ...(tokenFile ? { awsContainerAuthorizationTokenFile: tokenFile } : {}),
      timeout: containerTimeoutMs,
      maxRetries: 0,
      logger: silentLogger,
    });
    return await within(containerAnswerMs, ask());
  };
  return { ...source({ kind: 'container' }, skipped, load), binding: true, isSetUp: true };
}

function instanceMetadata({ skipMetadataApiCheck, metadata }: CredentialSettings, env: Environment): Source {
  const load = async () => {
    const { endpoint, mode } = metadata;
    // There is no other way to pass it to the SDK.
    if (endpoint !== undefined) process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = endpoint;
    if (mode !== undefined) process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE = mode;
    return await fromInstanceMetadata({ timeout: metadataTimeoutMs, maxRetries: 0, logger: silentLogger })();
  };
  return source(
    { kind: 'instance_metadata' },
    metadataSwitch(skipMetadataApiCheck, env.AWS_EC2_METADATA_DISABLED),
    load,
  );
}

function metadataSwitch(skip: boolean | undefined, disabled: string | undefined): SourceOutcome | undefined {
  if (skip !== undefined) return skip ? { kind: 'switched_off', by: 'skip_metadata_api_check' } : undefined;
  const off = disabled && disabled.toLowerCase() !== 'false';
  return off ? { kind: 'switched_off', by: 'AWS_EC2_METADATA_DISABLED' } : undefined;
}

function source(
  name: CredentialSource,
  skipped: SourceOutcome | undefined,
  load: () => Promise<Keys>,
): Source {
  return { name, skipped, binding: false, isSetUp: false, load };
}

function toKeys(id: string | undefined, secret: string | undefined, token: string | undefined): Keys {
  if (!id || !secret) throw new Error('access key or secret key missing');
  return { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) };
}

/** Ends the wait, but not the work. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Timeout: no answer in ${formatDuration(milliseconds)}`)),
    milliseconds,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function fail(reason: string): Promise<never> {
  throw new Error(reason);
}
