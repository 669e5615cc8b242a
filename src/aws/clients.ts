import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import type { Environment, UserAgent } from './aws.ts';
import type { AwsSettings } from './settings.ts';

/** One set of credentials, until it expires. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** Gives the keys of the moment; the SDK asks it before every request since `memoized` keeps it from doing so itself. */
export interface KeysProvider {
  (): Promise<Keys>;
  memoized: true;
}

export interface Clients {
  s3: S3Client;
  dynamodb: DynamoDBClient;
  /** A client for STS as the owner of these keys; without keys only for calls that are not signed. */
  sts(keys: Keys | KeysProvider | undefined): STSClient;
  destroy(): void;
}

const connectTimeoutMs = 5_000;
const idleTimeoutMs = 30_000;

/** The clients, with one pool of kept connections between them and no retries of their own. */
export function makeClients(
  settings: AwsSettings,
  keys: KeysProvider,
  userAgent: UserAgent,
  env: Environment,
): Clients {
  const { endpoints } = settings;
  const common = commonConfig(settings, userAgent);
  const s3 = new S3Client({ ...common, ...s3Config(settings, env), credentials: keys });
  const shared = { ...common, requestHandler: s3.config.requestHandler };
  return {
    s3,
    dynamodb: new DynamoDBClient({ ...shared, ...endpointOf(endpoints.dynamodb), credentials: keys }),
    sts: (own) =>
      new STSClient({ ...shared, ...endpointOf(endpoints.sts), ...(own ? { credentials: own } : {}) }),
    destroy: () => s3.destroy(),
  };
}

function commonConfig({ region }: AwsSettings, userAgent: UserAgent) {
  const customUserAgent = userAgent.map(([name, value]): [string, string?] =>
    value === undefined ? [name] : [name, value],
  );
  return { region, maxAttempts: 1, customUserAgent, logger: silentLogger };
}

function s3Config({ endpoints, usePathStyle }: AwsSettings, env: Environment) {
  return {
    ...endpointOf(endpoints.s3),
    ...checksumsFor(endpoints.s3, env),
    forcePathStyle: usePathStyle,
    followRegionRedirects: false,
    requestHandler: { connectionTimeout: connectTimeoutMs, socketTimeout: idleTimeoutMs },
  };
}

/**
 * AWS gets a checksum with every upload. Many S3-compatible stores refuse one, so they get it only where the API
 * demands it, unless the SDK's own variables say otherwise (spec 3.1).
 */
export function checksumsFor(
  endpoint: string | undefined,
  env: Environment,
): Pick<S3ClientConfig, 'requestChecksumCalculation' | 'responseChecksumValidation'> {
  if (endpoint === undefined || isAwsHost(endpoint)) return {};
  return {
    ...(env.AWS_REQUEST_CHECKSUM_CALCULATION ? {} : { requestChecksumCalculation: 'WHEN_REQUIRED' }),
    ...(env.AWS_RESPONSE_CHECKSUM_VALIDATION ? {} : { responseChecksumValidation: 'WHEN_REQUIRED' }),
  };
}

/** VPC, FIPS and regional endpoints given by hand are still AWS. */
function isAwsHost(endpoint: string): boolean {
  const host = URL.parse(endpoint)?.hostname ?? '';
  return /\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws)$/.test(host);
}

function endpointOf(endpoint: string | undefined): { endpoint: string } | Record<string, never> {
  return endpoint === undefined ? {} : { endpoint };
}

/** The SDK warns on the console otherwise, past the runner's masks and our log. */
export const silentLogger = { debug: drop, info: drop, warn: drop, error: drop, trace: drop };

function drop(): undefined {
  return undefined;
}
