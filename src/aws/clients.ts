import { setImmediate as nextTurn } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { STSClient } from '@aws-sdk/client-sts';
import { HttpResponse } from '@smithy/core/protocols';
import { hasAccountRule } from './account-rule.ts';
import type { Environment, FirstRequests, UserAgent } from './aws.ts';
import { bucketServer, chooseEndpoint } from './aws-endpoints.ts';
import type { Transport } from './bounded-transport.ts';
import { lazyS3, type S3 } from './s3.ts';
import { type AwsSettings, assumesRole } from './settings.ts';
import { makeTransport } from './transport.ts';

/** One set of credentials, until it expires. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** Provides the current keys. The SDK calls it before every request, because `memoized` stops its own caching. */
export interface KeysProvider {
  (): Promise<Keys>;
  memoized: true;
}

export interface Clients {
  s3: S3;
  dynamodb: DynamoDBClient;
  /** A client for STS with these keys; without keys, only for unsigned calls. */
  sts(keys: Keys | KeysProvider | undefined): STSClient;
  /** Opens connections to the servers of the first requests, which then need not wait for the handshakes. Resolves when the handshakes are under way. */
  openConnections(first: FirstRequests): Promise<void>;
  /** Carries the requests of clients that others create. */
  transport: Transport;
  destroy(): void;
}

/**
 * The clients, with one shared pool of kept connections and no retries of their own. `onDate` receives the date of each
 * answer of S3 and DynamoDB.
 */
export function makeClients(
  settings: AwsSettings,
  keys: KeysProvider,
  userAgent: UserAgent,
  env: Environment,
  onDate: (date: string | undefined) => void,
): Clients {
  const { endpoints, region, stsRegion } = settings;
  const transport = makeTransport(settings.network);
  const common = commonConfig(settings, userAgent);
  const shared = { ...common, requestHandler: transport };
  const report = reportDates(onDate);
  const s3 = lazyS3((part) => {
    const client = part.makeS3Client(settings, env, { ...shared, credentials: keys });
    client.middlewareStack.add((next) => async (args) => report(await next(args)), BELOW_ERRORS);
    return client;
  });
  const dynamodb = new DynamoDBClient({
    ...shared,
    ...chooseEndpoint(endpoints.dynamodb),
    credentials: keys,
  });
  const firstSent = Promise.withResolvers<void>();
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      const answer = next(args);
      firstSent.resolve();
      return report(await answer);
    },
    BELOW_ERRORS,
  );
  const ofSts = { ...shared, region: stsRegion ?? region, ...chooseEndpoint(endpoints.sts) };
  return {
    s3,
    dynamodb,
    sts: (own) => new STSClient({ ...ofSts, ...(own ? { credentials: own } : {}) }),
    transport,
    openConnections: async ({ bucket, toTable, isTableFirst, identity }) => {
      const where = locateServer(settings);
      // In the order in which their requests are sent.
      if (identity || assumesRole(settings.credentials) || hasAccountRule(settings.accounts)) {
        const sts = new STSClient(ofSts);
        const at = { ...where, Region: ofSts.region, Endpoint: endpoints.sts };
        void transport.openAhead(sts.config.endpointProvider(at).url);
      }
      const table = dynamodb.config.endpointProvider({ ...where, Endpoint: endpoints.dynamodb });
      const toTables = Array.from({ length: toTable }, () => transport.openAhead(table.url));
      const server = bucketServer(settings, bucket);
      if (server !== undefined) void transport.openAhead(server);
      // Node begins a connection only when the program pauses, and building a request is no pause.
      await nextTurn();
      // If S3's part can't be loaded, the first request to S3 fails.
      const load = (): void => void s3.load().catch(() => {});
      if (toTable === 0 || !isTableFirst) return load();
      // The load blocks the program, and a request is written only once its connection is ready.
      void Promise.all([firstSent.promise, ...toTables]).then(() => setImmediate(load));
    },
    destroy: () => transport.destroy?.(),
  };
}

/** What decides about a service's server, besides a custom endpoint. */
function locateServer({ region, variants }: AwsSettings) {
  return { Region: region, UseFIPS: variants.fips, UseDualStack: variants.dualstack };
}

/** At this step an answer is still an answer, even a refusal. */
const BELOW_ERRORS = { step: 'deserialize', priority: 'low', name: 'reportDates' } as const;

/** Reports the date of each answer, including refusals. */
function reportDates(onDate: (date: string | undefined) => void) {
  return <Answer extends { response: unknown }>(answer: Answer): Answer => {
    if (HttpResponse.isInstance(answer.response)) onDate(answer.response.headers.date);
    return answer;
  };
}

function commonConfig({ region, variants }: AwsSettings, userAgent: UserAgent) {
  const customUserAgent = userAgent.map(([name, value]): [string, string?] =>
    value === undefined ? [name] : [name, value],
  );
  return {
    region,
    useFipsEndpoint: variants.fips,
    useDualstackEndpoint: variants.dualstack,
    // We retry ourselves. The settings include the SDK's environment variables for retries.
    maxAttempts: 1,
    retryMode: 'standard',
    customUserAgent,
    logger: silentLogger,
  };
}

/** Otherwise the SDK warns on the console, where the runner's masks and our log don't apply. */
export const silentLogger = { debug: drop, info: drop, warn: drop, error: drop, trace: drop };

function drop(): undefined {
  return undefined;
}
