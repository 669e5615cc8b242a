import { toMessage } from '../text/error-message.ts';
import { maskKeys, type StsContext } from './assume-role.ts';
import { repeat } from './attempts.ts';
import type { CallDescription, Environment, FetchIdToken } from './aws.ts';
import type { Keys } from './clients.ts';
import { AwsError, noCredentials, type TriedSource } from './errors.ts';
import { type KeptKeys, untilExpiry } from './expiry.ts';
import type { SourceOutcome } from './failure.ts';
import { isRecord } from './is-record.ts';
import { withOptionalPolicy } from './optional-policy.ts';
import { type Assume, taggedAssumption } from './session-tags.ts';
import type { CredentialSettings } from './settings.ts';
import { chanceOfSource, isGarbled } from './source-trouble.ts';
import { credentialSources, type Source } from './sources.ts';

/** The name of a failure before any request. */
export const findingCredentials: CallDescription = { api: 'finding credentials', resource: 'this runner' };

/**
 * The keys for signing, obtained at the first use and renewed five minutes before they expire. They come from the first
 * source that has any and, with `assumeRole`, from the role at the end of the chain. The keys of each link are kept
 * while they are valid. All users share one request.
 *
 * The provider throws AwsError, or the signal's reason.
 */
export function keysProvider(
  settings: CredentialSettings,
  env: Environment,
  stsContext: StsContext,
  fetchIdToken: FetchIdToken | undefined,
): KeptKeys {
  maskGivenKeys(settings, env, stsContext);
  const { webIdentity, via, assumeRole } = settings;
  const roles = [...via, ...(assumeRole === undefined ? [] : [assumeRole])];
  const first = webIdentity === undefined ? 1 : 2;
  const at = (number: number): StsContext => ({
    ...stsContext,
    link: linkText(number, roles.length + first - 1),
  });
  const sources = credentialSources(
    settings,
    env,
    webIdentity === undefined ? stsContext : at(1),
    fetchIdToken,
  );
  const found = { before: stsContext.hadCredentials };
  const base = untilExpiry(stsContext.retryContext, async () => {
    const keys = await tryInOrder(sources, stsContext, found.before);
    found.before = true;
    return keys;
  });
  return roles.reduce((source, role, i) => {
    const link = at(first + i);
    const assume =
      settings.isPolicyOptional && role === assumeRole
        ? withOptionalPolicy(role, link, (session) => taggedAssumption(session, link))
        : taggedAssumption(role, link);
    return assumedBy(source, assume, link);
  }, base);
}

/** The keys of a role that the owner of `source` assumes. Both are forgotten together. */
function assumedBy(source: KeptKeys, assume: Assume, stsContext: StsContext): KeptKeys {
  const assumed = untilExpiry(stsContext.retryContext, async () => assume(await source()));
  const forget = (): void => {
    source.forget();
    assumed.forget();
  };
  return Object.assign(() => assumed(), { forget });
}

function linkText(number: number, length: number): string {
  return length === 1 ? '' : ` (role ${number} of the ${length} in the chain)`;
}

/** Before anything can fail and be printed, even if another source wins. */
function maskGivenKeys(
  { static: given }: CredentialSettings,
  env: Environment,
  stsContext: StsContext,
): void {
  const values = [
    given?.accessKeyId,
    given?.secretAccessKey,
    given?.sessionToken,
    env.AWS_SECRET_ACCESS_KEY,
    env.AWS_SESSION_TOKEN,
  ];
  for (const value of values) if (value) stsContext.onSecret(value);
}

async function tryInOrder(
  sources: readonly Source[],
  stsContext: StsContext,
  hadCredentials: boolean,
): Promise<Keys> {
  const tried: TriedSource[] = [];
  const { signal } = stsContext.retryContext;
  let last: unknown;
  for (const { name, skipped, binding, isSetUp, load } of sources) {
    signal.throwIfAborted();
    if (skipped !== undefined) {
      tried.push({ source: name, outcome: skipped });
      continue;
    }
    try {
      const chance = (error: unknown) => chanceOfSource(error, isSetUp || hadCredentials);
      const keys = await repeat(stsContext.retryContext, { work: load, chance });
      maskKeys(stsContext, keys);
      return keys;
    } catch (error) {
      if (error instanceof AwsError || signal.aborted) throw error;
      tried.push({ source: name, outcome: readOutcome(error) });
      last = error;
      if (binding || isLast(error)) break;
    }
  }
  throw noCredentials(tried, buildContext(stsContext), last);
}

/** The SDK's mark for "don't try other sources", for example for a profile that needs MFA. */
function isLast(error: unknown): boolean {
  return isRecord(error) && error.tryNextLink === false;
}

/**
 * A parser's message quotes its input, which may contain a key. The message of a failed process quotes its command
 * line. Of the latter, the SDK passes on only the message.
 */
function readOutcome(error: unknown): SourceOutcome {
  if (isGarbled(error)) return { kind: 'not_json' };
  const message = toMessage(error);
  if (message.startsWith('Command failed')) return { kind: 'process_failed' };
  const detail = message.split(/\r?\n/, 1)[0]?.replace(/\.$/, '').slice(0, 200) ?? '';
  return detail === '' ? { kind: 'no_answer' } : { kind: 'failed', detail };
}

function buildContext(stsContext: StsContext) {
  return {
    ...findingCredentials,
    principal: undefined,
    region: stsContext.region,
    endpoint: undefined,
    identity: undefined,
    attempts: 1,
    aborted: false,
    now: stsContext.retryContext.clock.now(),
  };
}
