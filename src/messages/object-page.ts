import type { BackendSettings } from '../backend/settings.ts';

/** The console's host in each partition that has a public one. */
const CONSOLES: readonly (readonly [prefix: string, host: string])[] = [
  ['cn-', 'console.amazonaws.cn'],
  ['us-gov-', 'console.amazonaws-us-gov.com'],
  ['us-iso', ''],
  ['eu-isoe-', ''],
  ['', 'console.aws.amazon.com'],
];

/** The page of one object version in the AWS console; undefined when there is no such page. */
export function objectPage(
  { aws, address }: BackendSettings,
  versionId: string | undefined,
): string | undefined {
  if (aws.endpoints.s3 !== undefined) return undefined;
  const host = CONSOLES.find(([prefix]) => aws.region.startsWith(prefix))?.[1];
  if (!host) return undefined;
  const query = new URLSearchParams({ region: aws.region, prefix: address.objectKey });
  if (versionId !== undefined) query.set('versionId', versionId);
  return `https://${host}/s3/object/${encodeURIComponent(address.bucket)}?${query}`;
}
