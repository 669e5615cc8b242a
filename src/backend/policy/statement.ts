import { bucketArn, findPartition } from '../../aws/arns.ts';
import type { Grant } from './grant.ts';

/** One statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[] | string;
  readonly Condition:
    | Readonly<Record<string, Readonly<Record<string, readonly string[] | string>>>>
    | undefined;
}

/** One statement. Pure. */
export function allow(
  Sid: string,
  Action: readonly string[],
  resources: readonly string[],
  Condition: Statement['Condition'],
): Statement {
  return { Sid, Effect: 'Allow', Action, Resource: single(resources), Condition };
}

export function single(values: readonly string[]): readonly string[] | string {
  const [first] = values;
  return values.length === 1 && first !== undefined ? first : values;
}

/** A statement about objects of the bucket, by way of its access point if it has one. Pure. */
export function onObjects(
  sid: string,
  actions: readonly string[],
  keys: readonly string[],
  grant: Grant,
): Statement {
  const { bucket, region } = grant;
  const arn = bucketArn(bucket, region);
  const folder = isAccessPoint(arn) ? `${arn}/object` : arn;
  const resources = keys.flatMap((key) => [`${folder}/${key}`, ...behind(arn, region, `/${key}`)]);
  return allow(sid, actions, resources, throughAccess(arn));
}

/**
 * Behind an access point, AWS also checks the bucket, whose name is unknown here. The condition ties it to this access
 * point.
 */
export function behind(arn: string, region: string, path: string): string[] {
  return isAccessPoint(arn) ? [`arn:${findPartition(region)}:s3:::*${path}`] : [];
}

export function throughAccess(arn: string): Statement['Condition'] {
  return isAccessPoint(arn) ? { StringLike: { 's3:DataAccessPointArn': arn } } : undefined;
}

/** Whether a bucket's ARN is that of an access point. Pure. */
export function isAccessPoint(arn: string): boolean {
  return arn.includes(':accesspoint/');
}
