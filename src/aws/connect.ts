import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { findAccountRefusal, hasAccountRule } from './account-rule.ts';
import { adaptiveRate } from './adaptive-rate.ts';
import { attempt, type PartialContext, type RetryContext } from './attempts.ts';
import type { Aws, CallDescription, ConnectOptions, Principal } from './aws.ts';
import { type Clients, type Keys, type KeysProvider, makeClients } from './clients.ts';
import { findingCredentials, keysProvider } from './credentials.ts';
import { AwsError, wrongAccount } from './errors.ts';
import { mayHaveActed, withEarlierAct } from './in-doubt.ts';
import type { AwsSettings } from './settings.ts';
import { sharedRun } from './shared-run.ts';
import { createStoreClock, type StoreClock } from './store-clock.ts';
import { proxySecrets } from './transport.ts';

/**
 * Creates the clients. Nothing reaches the network before the first call. Then credentials are found and the role is
 * assumed once for all of them. The SDK itself never retries and never writes to the console.
 */
export function connectAws(options: ConnectOptions): Aws {
  const retryContext = createRetryContext(options);
  const storeClock = createStoreClock(options.clock);
  const session = openCredentialSession(options, retryContext, storeClock);
  const { clients, principal } = session;
  const tryCall: Aws['call'] = (description, send) =>
    attempt(
      retryContext,
      () => buildContext(description, options.settings, principal()),
      async (signal) => {
        await session.keys();
        return await send(signal);
      },
      description,
    );
  const anyCall: Aws['call'] = async (description, send) => {
    try {
      return await tryCall(description, send);
    } catch (error) {
      if (!(error instanceof AwsError) || error.kind !== 'expired_credentials') throw error;
      if (!(await session.renew())) throw error;
      return await tryCall(description, send).catch((second: unknown) => {
        throw second instanceof AwsError && mayHaveActed(error) ? withEarlierAct(second) : second;
      });
    }
  };
  const checkAccount = createAccountCheck(options, retryContext, session, anyCall);
  const call: Aws['call'] = async (description, send) => {
    await checkAccount();
    return await anyCall(description, send);
  };
  return {
    s3: clients.s3,
    dynamodb: clients.dynamodb,
    openConnections: clients.openConnections,
    call,
    signIn: () => call(findingCredentials, async () => undefined),
    verifyCredentials: () => verify(session, call),
    decryptKey: async (request) => {
      const { decryptKey } = await import('./decrypt-key.ts');
      const description = { api: 'kms:Decrypt', resource: `the key ${request.keyId}` };
      return await call(description, async (signal) => {
        const { region } = options.settings;
        const keys = await session.keys();
        return await decryptKey({ transport: clients.transport, keys, region }, request, signal);
      });
    },
    principal,
    storeNow: storeClock.now,
    continueUnder: (signal) => {
      retryContext.signal = signal;
    },
    destroy: clients.destroy,
  };
}

/** The clients for one set of keys, and the keys' owner. */
interface CredentialSession {
  clients: Clients;
  keys: KeysProvider;
  /** After AWS called the keys expired: whether others are available. */
  renew(): Promise<boolean>;
  principal(): string | undefined;
  identify(arn: string): void;
}

function openCredentialSession(
  options: ConnectOptions,
  retryContext: RetryContext,
  storeClock: StoreClock,
): CredentialSession {
  const { settings, env, userAgent, onSecret, onNotice = () => {} } = options;
  const principals = new Map<string, string>();
  let current: Keys | undefined;
  const load = async () => {
    current = await provider();
    return current;
  };
  const keys: KeysProvider = Object.assign(load, { memoized: true } as const);
  for (const secret of proxySecrets(settings.network)) onSecret(secret);
  const clients = makeClients(settings, keys, userAgent, env, storeClock.learn);
  const { stsRegion, endpoints } = settings;
  const region = stsRegion ?? settings.region;
  const stsContext = {
    clients,
    retryContext,
    region,
    endpoint: endpoints.sts,
    link: '',
    environmentKeyId: env.AWS_ACCESS_KEY_ID,
    onSecret,
    onNotice,
    principals,
    hadCredentials: options.hadCredentials === true,
  };
  const provider = keysProvider(settings.credentials, env, stsContext, options.fetchIdToken);
  return {
    clients,
    keys,
    renew: async () => {
      const expired = current?.accessKeyId;
      provider.forget();
      return (await keys()).accessKeyId !== expired;
    },
    principal: () => current && principals.get(current.accessKeyId),
    identify: (arn) => void (current && principals.set(current.accessKeyId, arn)),
  };
}

async function verify({ clients, keys, identify }: CredentialSession, call: Aws['call']): Promise<Principal> {
  const sts = clients.sts(keys);
  const description = { api: 'sts:GetCallerIdentity', resource: 'the caller' };
  const { Arn, Account } = await call(description, (abortSignal) =>
    sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
  );
  if (Arn) identify(Arn);
  return { arn: Arn ?? '', account: Account };
}

/**
 * Checks once, before the first call, whether the credentials' account is allowed. For an assumed role, STS returned
 * the account with the keys. Other credentials cost a request. Under the next signal, an unfinished check begins again.
 */
function createAccountCheck(
  { settings }: ConnectOptions,
  retryContext: RetryContext,
  session: CredentialSession,
  call: Aws['call'],
): () => Promise<void> {
  const rule = settings.accounts;
  let isAllowed = false;
  const checkAccount = async (): Promise<void> => {
    await call(findingCredentials, async () => undefined);
    const known = session.principal();
    const principal = known === undefined ? await verify(session, call) : { arn: known, account: undefined };
    const refusal = findAccountRefusal(principal, rule);
    if (refusal === undefined) {
      isAllowed = true;
      return;
    }
    const context = buildContext(findingCredentials, settings, principal.arn || undefined);
    throw wrongAccount(refusal, { ...context, attempts: 1, aborted: false, now: retryContext.clock.now() });
  };
  const check = sharedRun(retryContext, checkAccount);
  return async () => {
    if (hasAccountRule(rule) && !isAllowed) await check();
  };
}

function createRetryContext(options: ConnectOptions): RetryContext {
  const { settings, clock, signal, tryForMs, random, onCall } = options;
  const rate = settings.retryMode === 'adaptive' ? adaptiveRate() : undefined;
  const { maxAttempts } = settings;
  return { maxAttempts, tryForMs, clock, signal, random: random ?? Math.random, rate, onCall };
}

function buildContext(
  { api, resource, asked }: CallDescription,
  settings: AwsSettings,
  principal: string | undefined,
): PartialContext {
  const service = api.split(':', 1)[0];
  const { s3, dynamodb, sts } = settings.endpoints;
  const endpoint = service === 's3' ? s3 : service === 'dynamodb' ? dynamodb : sts;
  const region = service === 'sts' ? (settings.stsRegion ?? settings.region) : settings.region;
  return { api, resource, principal, region, endpoint, identity: undefined, asked };
}
