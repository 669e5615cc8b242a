import { isIP } from 'node:net';
import { isVirtualHostableS3Bucket, partition } from '@aws-sdk/core/client';
import type { AwsSettings } from './settings.ts';

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

/** The part of a client's configuration that replaces the SDK's own endpoint. Pure. */
export function chooseEndpoint(endpoint: string | undefined): { endpoint: string } | Record<string, never> {
  return endpoint === undefined ? {} : { endpoint };
}

/** What decides about the server of a bucket. */
export type BucketRoute = Pick<AwsSettings, 'region' | 'variants' | 'usePathStyle'> & {
  readonly endpoints: Pick<AwsSettings['endpoints'], 's3'>;
};

/**
 * The server to which the SDK will send a bucket's requests, without its rules, which are loaded later. Undefined for the
 * servers that only the rules know: those of access points, of Outposts and of directory buckets. Pure.
 */
export function bucketServer(route: BucketRoute, bucket: string): URL | undefined {
  if (bucket.includes(':') || /--[a-z]+-s3$/.test(bucket)) return undefined;
  const server = URL.parse(route.endpoints.s3 ?? s3Server(route));
  if (server === null) return undefined;
  const isPath = route.usePathStyle || isIP(server.hostname.replace(/[[\]]/g, '')) !== 0;
  // No certificate covers the dots in a bucket's name.
  const allowsDots = server.protocol === 'http:';
  if (!isPath && isVirtualHostableS3Bucket(bucket, allowsDots)) server.host = `${bucket}.${server.host}`;
  return server;
}

function s3Server({ region, variants }: BucketRoute): string {
  const service = `s3${variants.fips ? '-fips' : ''}${variants.dualstack ? '.dualstack' : ''}`;
  return `https://${service}.${region}.${partition(region).dnsSuffix}`;
}
