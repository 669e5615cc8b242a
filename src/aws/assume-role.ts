import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  type AssumeRoleWithWebIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import { attempt, type PartialContext, type RetryContext } from './attempts.ts';
import type { Clients, Keys } from './clients.ts';
import type { SessionNotice } from './failure.ts';
import type { RoleSession } from './settings.ts';
import { type TokenFacts, tokenFacts } from './web-token.ts';

/** What assuming a role needs. */
export interface StsContext {
  clients: Pick<Clients, 'sts' | 'transport'>;
  retryContext: RetryContext;
  region: string;
  endpoint: string | undefined;
  /** Which role of a chain is assumed, in words; empty for a single role. */
  link: string;
  /** Whether the same settings provided credentials before. */
  hadCredentials: boolean;
  /** The access key id in the job's environment. Everybody can see it there, and in the log it may be any word. */
  environmentKeyId: string | undefined;
  onSecret(value: string): void;
  onNotice(notice: SessionNotice): void;
  /** The owner of each access key id, as reported by STS. Filled here. */
  principals: Map<string, string>;
}

/**
 * Calls `sts:AssumeRole` as the owner of `source`. Masks the new keys before anything else sees them.
 *
 * @throws AwsError
 */
export async function assumeRole(
  stsContext: StsContext,
  source: Keys,
  input: AssumeRoleCommandInput,
): Promise<Keys> {
  maskKeys(stsContext, source);
  const sts = stsContext.clients.sts(source);
  const context = () =>
    buildContext(stsContext, 'sts:AssumeRole', input.RoleArn, stsContext.principals.get(source.accessKeyId));
  return await attempt(stsContext.retryContext, context, async (abortSignal) =>
    accept(stsContext, await sts.send(new AssumeRoleCommand(input), { abortSignal })),
  );
}

/**
 * Calls `sts:AssumeRoleWithWebIdentity`, an unsigned call. Each attempt gets a token and masks it before its use. The
 * claims of a refused token are kept for the error message.
 *
 * @throws AwsError
 */
export async function assumeRoleWithWebIdentity(
  stsContext: StsContext,
  input: Omit<AssumeRoleWithWebIdentityCommandInput, 'WebIdentityToken'>,
  token: () => Promise<string>,
): Promise<Keys> {
  const sts = stsContext.clients.sts(undefined);
  let identity: TokenFacts | undefined;
  const context = () => ({
    ...buildContext(stsContext, 'sts:AssumeRoleWithWebIdentity', input.RoleArn, undefined),
    principal: identity && `web identity ${identity.sub}`,
    identity,
  });
  return await attempt(stsContext.retryContext, context, async (abortSignal) => {
    const WebIdentityToken = await token();
    stsContext.onSecret(WebIdentityToken);
    identity = tokenFacts(WebIdentityToken);
    const command = new AssumeRoleWithWebIdentityCommand({ ...input, WebIdentityToken });
    try {
      return accept(stsContext, await sts.send(command, { abortSignal }));
    } catch (error) {
      throw withoutText(error, WebIdentityToken);
    }
  });
}

/** STS quotes what it finds malformed. If the file contained no token, that could be any other text in it. */
function withoutText(error: unknown, secret: string): unknown {
  if (error instanceof Error && secret !== '') error.message = error.message.replaceAll(secret, '***');
  return error;
}

/** The parameters of a role's session for STS, whoever assumes it. Pure. */
export function sessionInput({ roleArn, sessionName, durationSeconds, policy, policyArns }: RoleSession) {
  return {
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    Policy: policy,
    ...(durationSeconds === undefined ? {} : { DurationSeconds: durationSeconds }),
    ...(policyArns.length === 0 ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
  };
}

/** Passes the secret parts of the keys to `onSecret`. */
export function maskKeys(
  { onSecret, environmentKeyId }: Pick<StsContext, 'onSecret' | 'environmentKeyId'>,
  keys: Keys,
): void {
  const id = keys.accessKeyId === environmentKeyId ? undefined : keys.accessKeyId;
  for (const value of [id, keys.secretAccessKey, keys.sessionToken]) {
    if (value) onSecret(value);
  }
}

function buildContext(
  stsContext: StsContext,
  api: string,
  role: string | undefined,
  principal: string | undefined,
): PartialContext {
  const { region, endpoint, link } = stsContext;
  return { api, resource: `role ${role ?? ''}${link}`, principal, region, endpoint, identity: undefined };
}

function accept(
  stsContext: StsContext,
  answer: Pick<AssumeRoleWithWebIdentityCommandOutput, 'Credentials' | 'AssumedRoleUser'>,
): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey) throw new Error('the answer of STS contains no credentials');
  const keys: Keys = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken ? { sessionToken: SessionToken } : {}),
    ...(Expiration ? { expiration: Expiration } : {}),
  };
  maskKeys(stsContext, keys);
  if (answer.AssumedRoleUser?.Arn) stsContext.principals.set(AccessKeyId, answer.AssumedRoleUser.Arn);
  return keys;
}
