import { bucketArn, tableArn } from '../../aws/arns.ts';
import { exactly, type Grant, type KeyPatterns } from './grant.ts';
import { allow, behind, onObjects, type Statement, single, throughAccess } from './statement.ts';
import { onlyReads, type SessionUse, type StateUse, usesState } from './uses.ts';

/** The action calls KMS itself here, not through S3. */
export function stateKeys({ openTofuKeys = [] }: Grant): Statement[] {
  return openTofuKeys.length === 0 ? [] : [allow('StateKey', ['kms:Decrypt'], openTofuKeys, undefined)];
}

/** The keys of the records of all plans. Pure. */
export function listRecordKeys({ keys }: Grant): string[] {
  return keys.patterns.map((key) => `${key}.plans/*.json`);
}

/** A scan has no leading keys, so nothing can limit it to some items. */
export function tableScan({ table, region, account, scansTable }: Grant): Statement[] {
  if (table === undefined || scansTable !== true) return [];
  return [allow('Scan', ['dynamodb:Scan'], [tableArn(table, region, account)], undefined)];
}

/** The calls that read a state, of the versions that are read. Pure. */
export function reading({ versions }: Grant): string[] {
  return versions === undefined ? ['s3:GetObject'] : ['s3:GetObject', 's3:GetObjectVersion'];
}

/** The listing of a bucket's versions, when any of them may be read. Pure. */
export function listedVersions({ versions, bucket, region }: Grant): Statement[] {
  if (versions !== 'listed') return [];
  const arn = bucketArn(bucket, region);
  const resources = [arn, ...behind(arn, region, '')];
  return [allow('Versions', ['s3:ListBucketVersions'], resources, throughAccess(arn))];
}

/**
 * Whether a use repairs a digest that the last lock holder did not write. That takes a read of the state, to compare
 * its MD5.
 */
export function repairsDigest(use: StateUse, { table }: Grant): boolean {
  return use === 'unlock' && table !== undefined;
}

/** The state object and what a use keeps beside it. Pure. */
export function stateObject(use: StateUse, grant: Grant): Statement[] {
  const { patterns } = grant.keys;
  const published = patterns.map((key) => `${key}.outputs.json`);
  if (use === 'published') return [onObjects('PublishedOutputs', ['s3:GetObject'], published, grant)];
  if (use === 'check') {
    return [
      onObjects('State', ['s3:GetObject'], patterns, grant),
      onObjects('PlanRecords', ['s3:GetObject'], listRecordKeys(grant), grant),
    ];
  }
  if (onlyReads(use) || repairsDigest(use, grant)) {
    const read = onObjects('State', reading(grant), patterns, grant);
    return [read, ...(grant.rescues === true ? [rescueCopies(grant)] : []), ...listedVersions(grant)];
  }
  if (!usesState(use)) return [];
  // Keeps what a killed job left on the machine before the pull.
  if (use === 'pull') return [onObjects('State', ['s3:GetObject'], patterns, grant), rescueCopies(grant)];
  // A refused state is kept beside the state object and looked up there.
  const kept = patterns.flatMap((key) => [key, `${key}.rescue/*`]);
  const keys = use === 'publish' ? [...kept, ...published] : kept;
  return [onObjects('State', ['s3:GetObject', ...writing(grant, grant.tagsStates)], keys, grant)];
}

/** The copies of states that are not pushed, which are kept beside the state object and looked up there. */
function rescueCopies(grant: Grant): Statement {
  const copies = grant.keys.patterns.map((key) => `${key}.rescue/*`);
  return onObjects('RescueCopies', ['s3:GetObject', ...writing(grant, grant.tagsStates)], copies, grant);
}

/** The plans beside a state. Pure. */
export function planObjects(grant: Grant): Statement[] {
  const { plans, keys, tagsStates, knowsConditionalWrites = true } = grant;
  if (plans === undefined) return [];
  const objects = keys.patterns.map((key) => `${key}.plans/*`);
  if (plans === 'apply') return [onObjects('Plans', ['s3:GetObject', 's3:DeleteObject'], objects, grant)];
  const [put, ...marks] = writing(grant, tagsStates);
  // Whoever stores a plan reads the object that is already there, which may be from its own write with a lost answer.
  const looks = onObjects('Plans', ['s3:GetObject', ...marks], objects, grant);
  const puts = onObjects('NewPlans', [put], objects, grant);
  if (!knowsConditionalWrites) return [looks, puts];
  // An approved plan must not change, so only writes that can't replace an object are allowed.
  return [looks, { ...puts, Condition: { ...puts.Condition, Null: { 's3:if-none-match': 'false' } } }];
}

/** The snapshots that a push keeps and deletes. Pure. */
export function snapshots(grant: Grant): Statement[] {
  if (grant.keepsSnapshots !== true) return [];
  const actions = [...writing(grant, grant.tagsStates), 's3:DeleteObject'];
  return [onObjects('Snapshots', actions, snapshotKeys(grant), grant)];
}

/** The keys of all snapshots. Pure. */
export function snapshotKeys({ keys }: Grant): string[] {
  return keys.patterns.map((key) => `${key}.backup/*`);
}

/** S3's lock file. Pure. */
export function lockFile(use: StateUse, grant: Grant): Statement[] {
  if (!grant.useLockfile || onlyReads(use) || use === 'published') return [];
  const keys = grant.keys.patterns.map((key) => `${key}.tflock`);
  if (use === 'show') return [onObjects('LockFile', ['s3:GetObject'], keys, grant)];
  const write = use === 'unlock' || use === 'free' ? [] : writing(grant, grant.tagsLocks);
  return [onObjects('LockFile', ['s3:GetObject', ...write, 's3:DeleteObject'], keys, grant)];
}

/**
 * The only listings are of states below a prefix, and of plans and snapshots beside a state. This permission also makes
 * S3 answer 404 instead of 403 for a missing object. AWS does not document the value of `s3:prefix` in that check, and
 * with a condition that fails no new state could be created.
 */
export function listing(use: StateUse, grant: Grant): Statement[] {
  // For published outputs, this is not worth revealing the names of all states.
  if (use === 'published' || (!usesState(use) && !grant.useLockfile && grant.listsStates !== true)) return [];
  const { bucket, region } = grant;
  const arn = bucketArn(bucket, region);
  return [allow('MissingObject', ['s3:ListBucket'], [arn, ...behind(arn, region, '')], throughAccess(arn))];
}

// A transaction needs the permissions of the puts and deletes in it, but none of its own.
export const HOLDING = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'];
const ITEM_CALLS: Readonly<Record<StateUse, readonly string[]>> = {
  hold: HOLDING,
  pull: HOLDING,
  lock: HOLDING,
  publish: HOLDING,
  published: [],
  outputs: ['dynamodb:GetItem'],
  check: ['dynamodb:GetItem'],
  unlock: ['dynamodb:GetItem', 'dynamodb:DeleteItem'],
  free: ['dynamodb:GetItem', 'dynamodb:DeleteItem'],
  show: ['dynamodb:GetItem'],
};

/** Those who take the lock. */
const LOCKING: ReadonlySet<StateUse> = new Set(['hold', 'pull', 'lock', 'publish']);

/** The tickets of those who wait for the lock: in the table if there is one. S3 lists them by the permission that `listing` gives. */
export function queueTickets(use: StateUse, grant: Grant): Statement[] {
  const { bucket, keys, table, region, account, useLockfile, queues } = grant;
  if (queues !== true || !LOCKING.has(use)) return [];
  if (table !== undefined) {
    const items = keys.patterns.map((key) => `queue:${exactly(bucket)}/${key}`);
    return [
      allow('Queue', ['dynamodb:UpdateItem', 'dynamodb:DeleteItem'], [tableArn(table, region, account)], {
        [leadingKeysOperator(keys)]: { 'dynamodb:LeadingKeys': items },
      }),
    ];
  }
  if (!useLockfile) return [];
  const tickets = keys.patterns.map((key) => `${key}.queue/*`);
  return [onObjects('Queue', [...writing(grant, grant.tagsLocks), 's3:DeleteObject'], tickets, grant)];
}

function leadingKeysOperator({ exact }: KeyPatterns): string {
  return exact ? 'ForAllValues:StringEquals' : 'ForAllValues:StringLike';
}

/** The lock and the digest in the table. Pure. */
export function tableItems(use: StateUse, grant: Grant): Statement[] {
  const { bucket, keys, table, region, account } = grant;
  if (table === undefined || use === 'published') return [];
  const locks = keys.patterns.map((key) => `${exactly(bucket)}/${key}`);
  const digests = locks.map((lock) => `${lock}-md5`);
  const all = [...locks, ...digests];
  const whole = use === 'hold' || use === 'pull' || use === 'publish';
  const part = onlyReads(use) ? digests : locks;
  const items = whole ? all : part;
  const operator = leadingKeysOperator(keys);
  const allowOn = (sid: string, calls: readonly string[], leadingKeys: readonly string[]) =>
    allow(sid, calls, [tableArn(table, region, account)], {
      [operator]: { 'dynamodb:LeadingKeys': leadingKeys },
    });
  const statements = [allowOn('Table', ITEM_CALLS[use], items)];
  if (repairsDigest(use, grant))
    statements.push(allowOn('Digest', ['dynamodb:GetItem', 'dynamodb:PutItem'], digests));
  return statements;
}

/** The keys of KMS, by way of the services that use them. Pure. */
export function kmsKeys(use: StateUse, grant: Grant): Statement[] {
  const { table, region, useLockfile, decryptWith, encryptWith } = grant;
  const hasObjects = usesState(use) || repairsDigest(use, grant) || useLockfile || use === 'published';
  const usesTable = table !== undefined && use !== 'published';
  // A table under a customer managed key also makes its reader call KMS.
  const services = [...(hasObjects ? ['s3'] : []), ...(usesTable ? ['dynamodb'] : [])];
  const statements: Statement[] = [];
  if (decryptWith !== undefined && services.length > 0) {
    statements.push(allow('Decrypt', ['kms:Decrypt'], [decryptWith], viaServices(services, region)));
  }
  if (encryptWith !== undefined && writesObjects(use, grant)) {
    statements.push(allow('Encrypt', ['kms:GenerateDataKey'], [encryptWith], viaServices(['s3'], region)));
  }
  return statements;
}

function writesObjects(use: SessionUse, { useLockfile, plans, rescues }: Grant): boolean {
  if (plans === 'store' || rescues === true) return true;
  return use === 'hold' || use === 'pull' || use === 'publish' || (use === 'lock' && useLockfile);
}

/** The domain in these names differs by partition. */
function viaServices(services: readonly string[], region: string): Statement['Condition'] {
  return { StringLike: { 'kms:ViaService': single(services.map((service) => `${service}.${region}.*`)) } };
}

/** The calls that write an object, with what they set on it. Pure. */
export function writing({ acl }: Grant, tags = false): readonly ['s3:PutObject', ...string[]] {
  const withAcl = acl === undefined ? [] : ['s3:PutObjectAcl'];
  return ['s3:PutObject', ...withAcl, ...(tags ? ['s3:PutObjectTagging'] : [])];
}
