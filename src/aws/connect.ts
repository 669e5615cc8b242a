import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { attempt, type PartialContext, type Persistence } from './attempts.ts';
import type { Aws, CallDescription, ConnectOptions, Principal } from './aws.ts';
import { type Clients, type Keys, type KeysProvider, makeClients } from './clients.ts';
import { keysProvider } from './credentials.ts';
import type { Mint } from './mint.ts';
import type { AwsSettings } from './settings.ts';

/**
 * Makes the clients. Nothing reaches the network before the first call; then credentials are found and the role
 * assumed once for all of them. The SDK itself never retries and never writes to the console.
 */
export function connectAws(options: ConnectOptions): Aws {
  const { settings, clock, signal } = options;
  const persistence: Persistence = {
    maxAttempts: settings.maxAttempts,
    clock,
    signal,
    random: options.random ?? Math.random,
  };
  const connection = open(options, persistence);
  const { clients, keys } = connection;

  async function call<T>(
    description: CallDescription,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await attempt(
      persistence,
      () => contextOf(description, settings, connection.principal()),
      async (abortSignal) => {
        await connection.resolve();
        return await send(abortSignal);
      },
    );
  }

  async function verifyCredentials(): Promise<Principal> {
    const sts = clients.sts(keys);
    const answer = await call({ api: 'sts:GetCallerIdentity', resource: 'the caller' }, (abortSignal) =>
      sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
    );
    if (answer.Arn) connection.identify(answer.Arn);
    return { arn: answer.Arn ?? '', account: answer.Account };
  }

  return {
    s3: clients.s3,
    dynamodb: clients.dynamodb,
    call,
    verifyCredentials,
    principal: connection.principal,
    destroy: clients.destroy,
  };
}

interface Connection {
  clients: Clients;
  keys: KeysProvider;
  resolve(): Promise<void>;
  principal(): string | undefined;
  identify(arn: string): void;
}

function open({ settings, env, userAgent, onSecret }: ConnectOptions, persistence: Persistence): Connection {
  const principals = new Map<string, string>();
  let current: Keys | undefined;
  const keys: KeysProvider = Object.assign(
    async () => {
      current = await provider();
      return current;
    },
    { memoized: true } as const,
  );
  const clients = makeClients(settings, keys, userAgent, env);
  const endpoint = settings.endpoints.sts;
  const mint: Mint = { clients, persistence, region: settings.region, endpoint, onSecret, principals };
  const provider = keysProvider(settings.credentials, env, mint);
  return {
    clients,
    keys,
    resolve: async () => {
      await keys();
    },
    principal: () => (current ? principals.get(current.accessKeyId) : undefined),
    identify: (arn) => {
      if (current) principals.set(current.accessKeyId, arn);
    },
  };
}

function contextOf(
  { api, resource, requires }: CallDescription,
  settings: AwsSettings,
  principal: string | undefined,
): PartialContext {
  const { s3, dynamodb, sts } = settings.endpoints;
  const endpoint = { s3, dynamodb, sts }[api.split(':', 1)[0] ?? ''];
  return { api, resource, requires, principal, region: settings.region, endpoint };
}
