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
