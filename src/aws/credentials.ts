import type { Environment } from './aws.ts';
import type { Keys, KeysProvider } from './clients.ts';
import { AwsError, noCredentials, type TriedSource } from './errors.ts';
import { untilExpiry } from './expiry.ts';
import { isRecord } from './is-record.ts';
import { assumeRole, type Mint, reveal } from './mint.ts';
import type { CredentialSettings } from './settings.ts';
import { credentialSources, type Source } from './sources.ts';

/**
 * The keys to sign with, asked for at the first use and renewed five minutes before they expire: those of the
 * first source that has any, and with `assumeRole` those of the role. All users share one request.
 * The provider throws AwsError.
 */
export function keysProvider(settings: CredentialSettings, env: Environment, mint: Mint): KeysProvider {
  revealGiven(settings, env, mint);
  const sources = credentialSources(settings, env, mint);
  const { clock } = mint.persistence;
  const base = untilExpiry(clock, () => firstOf(sources, mint));
  const { assumeRole: role } = settings;
  if (!role) return Object.assign(base, { memoized: true } as const);
  const assumed = untilExpiry(clock, async () =>
    assumeRole(mint, await base(), {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName,
      ExternalId: role.externalId,
      Policy: role.policy,
    }),
  );
  return Object.assign(assumed, { memoized: true } as const);
}

/** Before anything can fail and be printed, even where another source will win. */
function revealGiven({ static: given }: CredentialSettings, env: Environment, mint: Mint): void {
  const values = [
    given?.accessKeyId,
    given?.secretAccessKey,
    given?.sessionToken,
    env.AWS_ACCESS_KEY_ID,
    env.AWS_SECRET_ACCESS_KEY,
    env.AWS_SESSION_TOKEN,
  ];
  for (const value of values) if (value) mint.onSecret(value);
}

async function firstOf(sources: readonly Source[], mint: Mint): Promise<Keys> {
  const tried: TriedSource[] = [];
  let last: unknown;
  for (const { name, skipped, binding, load } of sources) {
    if (skipped !== undefined) {
      tried.push({ source: name, outcome: skipped });
      continue;
    }
    try {
      const keys = await load();
      reveal(mint, keys);
      return keys;
    } catch (error) {
      if (error instanceof AwsError) throw error;
      tried.push({ source: name, outcome: outcomeOf(error) });
      last = error;
      if (binding || isLast(error)) break;
    }
  }
  throw noCredentials(tried, contextOf(mint), last);
}

/** The SDK's mark for "don't look further": a profile that needs MFA, for one. */
function isLast(error: unknown): boolean {
  return isRecord(error) && error.tryNextLink === false;
}

/** A parser's message quotes what it parsed, which may hold a key. */
function outcomeOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/\r?\n/, 1)[0]?.replace(/\.$/, '').slice(0, 200) || 'no answer';
}

function contextOf(mint: Mint) {
  return {
    api: 'finding credentials',
    resource: 'this runner',
    requires: undefined,
    principal: undefined,
    region: mint.region,
    endpoint: undefined,
    attempts: 1,
    aborted: false,
    now: mint.persistence.clock.now(),
  };
}
