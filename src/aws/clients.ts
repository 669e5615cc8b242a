import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { HttpResponse } from '@smithy/core/protocols';
import { hasAccountRule } from './account-rule.ts';
import type { Environment, FirstRequests, UserAgent } from './aws.ts';
import type { Transport } from './bounded-transport.ts';
import { followRedirects } from './redirects.ts';
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
  s3: S3Client;
  dynamodb: DynamoDBClient;
  /** A client for STS with these keys; without keys, only for unsigned calls. */
  sts(keys: Keys | KeysProvider | undefined): STSClient;
  /** Opens connections to the servers of the first requests, which then need not wait for the handshakes. */
  openConnections(first: FirstRequests): void;
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
  const s3 = new S3Client({ ...shared, ...s3Config(settings, env), credentials: keys });
  chooseChecksum(s3, settings, env);
  followRedirects(s3);
  const dynamodb = new DynamoDBClient({
    ...shared,
    ...chooseEndpoint(endpoints.dynamodb),
    credentials: keys,
  });
  const report = reportDates(onDate);
  s3.middlewareStack.add((next) => async (args) => report(await next(args)), BELOW_ERRORS);
  dynamodb.middlewareStack.add((next) => async (args) => report(await next(args)), BELOW_ERRORS);
  const ofSts = { ...shared, region: stsRegion ?? region, ...chooseEndpoint(endpoints.sts) };
  return {
    s3,
    dynamodb,
    sts: (own) => new STSClient({ ...ofSts, ...(own ? { credentials: own } : {}) }),
    transport,
    openConnections: ({ bucket, toTable, identity }) => {
      const where = locateServer(settings);
      // In the order in which their requests are sent.
      if (identity || assumesRole(settings.credentials) || hasAccountRule(settings.accounts)) {
        const sts = new STSClient(ofSts);
        const at = { ...where, Region: ofSts.region, Endpoint: endpoints.sts };
        transport.openAhead(sts.config.endpointProvider(at).url);
      }
      const table = dynamodb.config.endpointProvider({ ...where, Endpoint: endpoints.dynamodb });
      for (let opened = 0; opened < toTable; opened += 1) transport.openAhead(table.url);
      const ofBucket = { Endpoint: endpoints.s3, Bucket: bucket, ForcePathStyle: settings.usePathStyle };
      transport.openAhead(s3.config.endpointProvider({ ...where, ...ofBucket }).url);
    },
    destroy: () => s3.destroy(),
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

function s3Config({ endpoints, usePathStyle, skipS3Checksum }: AwsSettings, env: Environment) {
  return {
    ...chooseEndpoint(endpoints.s3),
    ...(skipS3Checksum ? fewestChecksums : checksumsFor(endpoints.s3, env)),
    forcePathStyle: usePathStyle,
    followRegionRedirects: false,
  };
}

const fewestChecksums = {
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const;

/**
 * Callers provide an object's SHA-256 and its MD5. AWS gets the first. Other stores get the second, which is older than
 * all APIs that they copied, and which some require for buckets with retention.
 */
function chooseChecksum(s3: S3Client, { endpoints, skipS3Checksum }: AwsSettings, env: Environment): void {
  const isSha256Wanted =
    isAwsEndpoint(endpoints.s3) || /^when_supported$/i.test(env.AWS_REQUEST_CHECKSUM_CALCULATION ?? '');
  const unwanted = {
    ...(skipS3Checksum || !isSha256Wanted ? { ChecksumSHA256: undefined } : {}),
    ...(skipS3Checksum || isSha256Wanted ? { ContentMD5: undefined } : {}),
  };
  s3.middlewareStack.add(
    (next) => (args) =>
      next('ChecksumSHA256' in args.input ? { ...args, input: { ...args.input, ...unwanted } } : args),
    { step: 'initialize', name: 'chooseChecksum' },
  );
}

/**
 * AWS gets a checksum with every upload. Many S3-compatible stores refuse them, so they get one only if the API
 * requires it, unless the SDK's own variables say otherwise (docs/protocol.md#writing).
 */
export function checksumsFor(
  endpoint: string | undefined,
  env: Environment,
): Pick<S3ClientConfig, 'requestChecksumCalculation' | 'responseChecksumValidation'> {
  if (isAwsEndpoint(endpoint)) return {};
  return {
    ...(env.AWS_REQUEST_CHECKSUM_CALCULATION ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    ...(env.AWS_RESPONSE_CHECKSUM_VALIDATION ? {} : { responseChecksumValidation: 'WHEN_REQUIRED' }),
  };
}

/** Whether an endpoint is AWS's own: either none is given, or one of its VPC, FIPS and regional endpoints. */
export function isAwsEndpoint(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return true;
  const host = URL.parse(endpoint)?.hostname ?? '';
  return /\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws)$/.test(host);
}

/** Whether neither S3 nor STS is AWS's. STS alone may be AWS's own under another name. */
export function isStore({ endpoints }: Pick<AwsSettings, 'endpoints'>): boolean {
  return !isAwsEndpoint(endpoints.s3) && !isAwsEndpoint(endpoints.sts);
}

/**
 * Whether S3 is another store and no STS is given. AWS's STS does not know the store's keys and should not see them.
 */
export function isStsUnknown({ endpoints }: Pick<AwsSettings, 'endpoints'>): boolean {
  return !isAwsEndpoint(endpoints.s3) && endpoints.sts === undefined;
}

function chooseEndpoint(endpoint: string | undefined): { endpoint: string } | Record<string, never> {
  return endpoint === undefined ? {} : { endpoint };
}

/** Otherwise the SDK warns on the console, where the runner's masks and our log don't apply. */
export const silentLogger = { debug: drop, info: drop, warn: drop, error: drop, trace: drop };

function drop(): undefined {
  return undefined;
}
