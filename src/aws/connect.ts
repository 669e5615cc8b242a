import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { attempt, type PartialContext, type Persistence } from './attempts.ts';
import type { Aws, CallDescription, ConnectOptions, Principal } from './aws.ts';
import { type Clients, type Keys, type KeysProvider, makeClients } from './clients.ts';
import { findingCredentials, keysProvider } from './credentials.ts';
import type { AwsSettings } from './settings.ts';

/**
 * Makes the clients. Nothing reaches the network before the first call; then credentials are found and the role
 * assumed once for all of them. The SDK itself never retries and never writes to the console.
 */
export function connectAws(options: ConnectOptions): Aws {
  const persistence = persistenceOf(options);
  const session = openSession(options, persistence);
  const { clients, principal } = session;
  const call: Aws['call'] = (description, send) =>
    attempt(
      persistence,
      () => contextOf(description, options.settings, principal()),
      async (signal) => {
        await session.keys();
        return await send(signal);
      },
    );
  return {
    s3: clients.s3,
    dynamodb: clients.dynamodb,
    call,
    signIn: () => call(findingCredentials, async () => undefined),
    verifyCredentials: () => verify(session, call),
    principal,
    continueUnder: (signal) => {
      persistence.signal = signal;
    },
    destroy: clients.destroy,
  };
}

/** The clients under one set of keys, and who these belong to. */
interface Session {
  clients: Clients;
  keys: KeysProvider;
  principal(): string | undefined;
  identify(arn: string): void;
}

function openSession(options: ConnectOptions, persistence: Persistence): Session {
  const { settings, env, userAgent, onSecret } = options;
  const principals = new Map<string, string>();
  let current: Keys | undefined;
  const load = async () => {
    current = await provider();
    return current;
  };
  const keys: KeysProvider = Object.assign(load, { memoized: true } as const);
  const clients = makeClients(settings, keys, userAgent, env);
  const { region, endpoints } = settings;
  const mint = { clients, persistence, region, endpoint: endpoints.sts, onSecret, principals };
  const provider = keysProvider(settings.credentials, env, mint);
  return {
    clients,
    keys,
    principal: () => current && principals.get(current.accessKeyId),
    identify: (arn) => void (current && principals.set(current.accessKeyId, arn)),
  };
}

async function verify({ clients, keys, identify }: Session, call: Aws['call']): Promise<Principal> {
  const sts = clients.sts(keys);
  const description = { api: 'sts:GetCallerIdentity', resource: 'the caller' };
  const { Arn, Account } = await call(description, (abortSignal) =>
    sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
  );
  if (Arn) identify(Arn);
  return { arn: Arn ?? '', account: Account };
}

function persistenceOf({ settings, clock, signal, random }: ConnectOptions): Persistence {
  return { maxAttempts: settings.maxAttempts, clock, signal, random: random ?? Math.random };
}

function contextOf(
  { api, resource }: CallDescription,
  settings: AwsSettings,
  principal: string | undefined,
): PartialContext {
  const service = api.split(':', 1)[0];
  const { s3, dynamodb, sts } = settings.endpoints;
  const endpoint = service === 's3' ? s3 : service === 'dynamodb' ? dynamodb : sts;
  return { api, resource, principal, region: settings.region, endpoint };
}
