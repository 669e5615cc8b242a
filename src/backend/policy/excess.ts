import { bucketArn, isOtherKind, tableArn } from '../../aws/arns.ts';
import type { StateScope } from '../state-error.ts';
import { isAccessPoint, type Use } from './least-privilege.ts';

/** Some actions on one thing that a use does not need; `item` is the `LockID` that they are about. */
export interface Surplus {
  readonly actions: readonly string[];
  readonly resource: string;
  readonly item: string | undefined;
  /** What it is, in words: `the state`, `other objects of the bucket`. */
  readonly what: string;
}

const NEEDED: Readonly<Record<'state' | 'lock', Readonly<Record<Use, readonly string[]>>>> = {
  state: { hold: ['s3:GetObject', 's3:PutObject'], outputs: ['s3:GetObject'], unlock: [] },
  lock: {
    hold: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
    outputs: [],
    unlock: ['dynamodb:GetItem', 'dynamodb:DeleteItem'],
  },
};
const OF_OBJECTS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'];
const OF_ITEMS = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:UpdateItem'];
const OF_BUCKET = [
  's3:PutBucketPolicy',
  's3:PutBucketVersioning',
  's3:PutLifecycleConfiguration',
  's3:DeleteBucket',
];
const OF_TABLE = ['dynamodb:Scan', 'dynamodb:UpdateTable', 'dynamodb:DeleteTable'];
const OF_ACCOUNT = ['iam:CreateAccessKey', 'iam:AttachRolePolicy', 'iam:PutRolePolicy'];
/** Behind a key it names another one. */
const OTHER = '-of-another-state';

/**
 * What a role could be allowed beyond its use and had better not be: as far as it concerns the state, its neighbours in bucket
 * and table, both as a whole, and IAM itself. None where ARNs can't tell the bucket. Pure.
 */
export function findSurplus({ address, table, region }: StateScope, use: Use, account: string): Surplus[] {
  const { bucket, objectKey, lockPath: lockId } = address;
  const arn = bucketArn(bucket, region);
  if (isAccessPoint(arn) || isOtherKind(bucket)) return [];
  const on = (what: string, resource: string, actions: readonly string[], item?: string): Surplus => ({
    what,
    resource,
    actions,
    item,
  });
  const beyond = (all: readonly string[], needed: readonly string[]) =>
    all.filter((action) => !needed.includes(action));
  const tables = table === undefined ? '' : tableArn(table, region, account);
  return [
    on('the state', `${arn}/${objectKey}`, beyond(OF_OBJECTS, NEEDED.state[use])),
    on('other objects of the bucket', `${arn}/${objectKey}${OTHER}`, OF_OBJECTS),
    on('the bucket', arn, OF_BUCKET),
    ...(table === undefined
      ? []
      : [
          on('the lock', tables, beyond(OF_ITEMS, NEEDED.lock[use]), lockId),
          on('other items of the table', tables, OF_ITEMS, `${lockId}${OTHER}`),
          on('the table', tables, OF_TABLE),
        ]),
    on('the account', '*', OF_ACCOUNT),
  ];
}

/** Whose policies a caller's are: its own if it is a user, those of the role that it is a session of. Pure. */
export function policySource(caller: string): string | undefined {
  if (/^arn:[^:]+:iam::\d+:(user|role)\//.test(caller)) return caller;
  // The path of a role is not in the ARN of its sessions.
  const [, partition, account, role] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(caller) ?? [];
  return role === undefined ? undefined : `arn:${partition}:iam::${account}:role/${role}`;
}
