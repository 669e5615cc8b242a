import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  type AssumeRoleWithWebIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import { attempt, type PartialContext, type Persistence } from './attempts.ts';
import type { Clients, Keys } from './clients.ts';

/** What minting needs to know. */
export interface Mint {
  clients: Pick<Clients, 'sts'>;
  persistence: Persistence;
  region: string;
  endpoint: string | undefined;
  onSecret(value: string): void;
  /** Who keys belong to, by access key id: filled here, as STS tells it. */
  principals: Map<string, string>;
}

/**
 * `sts:AssumeRole` as the owner of `source`. The new keys are secret before anybody sees them.
 * @throws AwsError
 */
export async function assumeRole(mint: Mint, source: Keys, input: AssumeRoleCommandInput): Promise<Keys> {
  reveal(mint, source);
  const sts = mint.clients.sts(source);
  const context = () =>
    contextOf(mint, 'sts:AssumeRole', input.RoleArn, mint.principals.get(source.accessKeyId));
  return await attempt(mint.persistence, context, async (abortSignal) =>
    accept(mint, await sts.send(new AssumeRoleCommand(input), { abortSignal })),
  );
}

/**
 * `sts:AssumeRoleWithWebIdentity`, an unsigned call.
 * @throws AwsError
 */
export async function assumeRoleWithWebIdentity(
  mint: Mint,
  input: AssumeRoleWithWebIdentityCommandInput,
): Promise<Keys> {
  if (input.WebIdentityToken) mint.onSecret(input.WebIdentityToken);
  const sts = mint.clients.sts(undefined);
  const context = () => contextOf(mint, 'sts:AssumeRoleWithWebIdentity', input.RoleArn, undefined);
  return await attempt(mint.persistence, context, async (abortSignal) =>
    accept(mint, await sts.send(new AssumeRoleWithWebIdentityCommand(input), { abortSignal })),
  );
}

/** Tells every part of the keys to `onSecret`. */
export function reveal({ onSecret }: Pick<Mint, 'onSecret'>, keys: Keys): void {
  for (const value of [keys.accessKeyId, keys.secretAccessKey, keys.sessionToken]) {
    if (value) onSecret(value);
  }
}

function contextOf(
  mint: Mint,
  api: string,
  role: string | undefined,
  principal: string | undefined,
): PartialContext {
  const { region, endpoint } = mint;
  return { api, resource: `role ${role ?? ''}`, principal, region, endpoint };
}

function accept(
  mint: Mint,
  answer: Pick<AssumeRoleWithWebIdentityCommandOutput, 'Credentials' | 'AssumedRoleUser'>,
): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey) throw new Error('the answer of STS holds no credentials');
  const keys: Keys = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken ? { sessionToken: SessionToken } : {}),
    ...(Expiration ? { expiration: Expiration } : {}),
  };
  reveal(mint, keys);
  if (answer.AssumedRoleUser?.Arn) mint.principals.set(AccessKeyId, answer.AssumedRoleUser.Arn);
  return keys;
}
