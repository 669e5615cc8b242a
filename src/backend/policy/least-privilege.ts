import { bucketArn, findPartition, tableArn } from '../../aws/arns.ts';

/** What is done with a state: held for a job, read, or its lock freed. */
export type Use = 'hold' | 'outputs' | 'unlock';

/**
 * What a session is for: the same, to hold the lock alone, to look who holds it, to free it and nothing else, to hold the state and publish its
 * outputs, to read nothing but these, to hold the state and not change it, to look whether the state moved, to list workspaces, make one or
 * delete one, to read the state's versions or bring one back, or to look at all locks below a prefix and free some.
 */
export type SessionUse =
  | Use
  | 'lock'
  | 'show'
  | 'free'
  | 'publish'
  | 'published'
  | 'pull'
  | 'check'
  | WorkspaceUse
  | HistoryUse
  | LocksUse;

/** What is done with states that exist or begin. */
type StateUse = Exclude<SessionUse, WorkspaceUse | HistoryUse | LocksUse>;

/** What is done with workspaces as such. */
export type WorkspaceUse = 'workspace_list' | 'workspace_new' | 'workspace_delete';

/** What is done with the versions of a state: read them, or bring one back. */
export type HistoryUse = 'history_read' | 'history_restore';

/** What is done with all locks below a prefix: look at them, or free those of dead holders, too. */
export type LocksUse = 'locks' | 'locks_free';

/** What is done with the plans beside a state: stored by the job that plans, or fetched, and deleted afterwards, by the job that applies. */
export type PlanAccess = 'store' | 'apply';

/** Which versions of a state are read beside the current one: one that is named, or any that the bucket lists. */
export type VersionsAccess = 'named' | 'listed';

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

/** Names of state objects in the form of policies, see `exactly` and `between`. */
export interface KeyPatterns {
  readonly patterns: readonly string[];
  /** False where a pattern stands for more keys than it was made of. */
  readonly exact: boolean;
}

/** The states that are to be used, and where they are. */
export interface Grant {
  readonly bucket: string;
  readonly keys: KeyPatterns;
  readonly region: string;
  /** `*` where it is not known. */
  readonly account: string;
  readonly table: string | undefined;
  readonly useLockfile: boolean;
  /** Whether the states are found by what their keys begin with. */
  readonly listsStates?: boolean;
  /** Whether locks are found by a scan of the table. */
  readonly scansTable?: boolean;
  /** ARN of the key, or `*`, that OpenTofu encrypts the states under; undefined: none. */
  readonly stateKey?: string | undefined;
  /** Undefined: the current version alone is read. */
  readonly versions?: VersionsAccess | undefined;
  /** Undefined: nothing is done with plans. */
  readonly plans?: PlanAccess | undefined;
  /** Whether IAM may be asked for `s3:if-none-match`, which AWS knows and other stores' policies don't. */
  readonly knowsConditionalWrites?: boolean;
  /** Whether the state before a push is kept as a snapshot, and old snapshots are deleted. */
  readonly keepsSnapshots?: boolean;
  readonly acl: string | undefined;
  /** Whether state objects and lock files get tags. */
  readonly tagsStates?: boolean;
  readonly tagsLocks?: boolean;
  /** ARN of the key, or `*`, that KMS may decrypt and encrypt with; undefined: none. */
  readonly decryptWith: string | undefined;
  readonly encryptWith: string | undefined;
}

/**
 * All that a use needs, as IAM statements, and nothing else: this state object with its rescue copies, this lock file,
 * this lock item and this digest. No condition on `s3:prefix`: see `listing`. Pure.
 */
export function leastPrivilege(use: SessionUse, grant: Grant): Statement[] {
  if (isWorkspaceUse(use)) return workspacePermissions(use, grant);
  if (isHistoryUse(use)) return historyPermissions(use, grant);
  if (isLocksUse(use)) return locksPermissions(use, grant);
  return [
    ...stateObject(use, grant),
    ...planObjects(grant),
    ...snapshots(grant),
    ...lockFile(use, grant),
    ...listing(use, grant),
    ...tableItems(use, grant),
    ...tableScan(grant),
    ...kmsKeys(use, grant),
    ...stateKeys(grant),
  ];
}

/** Asked directly, not through S3. */
function stateKeys({ stateKey }: Grant): Statement[] {
  return stateKey === undefined ? [] : [allow('StateKey', ['kms:Decrypt'], [stateKey], undefined)];
}

function isWorkspaceUse(use: SessionUse): use is WorkspaceUse {
  return use === 'workspace_list' || use === 'workspace_new' || use === 'workspace_delete';
}

/** Lock, digest and state as for a job that holds the state; but nothing is kept beside a state, and what is deleted is not written. */
function workspacePermissions(use: WorkspaceUse, grant: Grant): Statement[] {
  if (use === 'workspace_list') return listing('hold', grant);
  const { patterns } = grant.keys;
  const isNew = use === 'workspace_new';
  const published = patterns.map((key) => `${key}.outputs.json`);
  const states = isNew
    ? [onObjects('State', ['s3:GetObject', ...writing(grant, grant.tagsStates)], patterns, grant)]
    : [
        onObjects('State', ['s3:GetObject', 's3:DeleteObject'], patterns, grant),
        onObjects('PublishedOutputs', ['s3:DeleteObject'], published, grant),
        onObjects(
          'Plans',
          ['s3:DeleteObject'],
          patterns.map((key) => `${key}.plans/*`),
          grant,
        ),
      ];
  return [
    ...states,
    ...lockFile('hold', grant),
    ...listing('hold', grant),
    ...tableItems('hold', grant),
    ...kmsKeys(isNew || grant.useLockfile ? 'hold' : 'outputs', grant),
  ];
}

function isHistoryUse(use: SessionUse): use is HistoryUse {
  return use === 'history_read' || use === 'history_restore';
}

/** Versions are read, and listed by the bucket, and so are snapshots. Nothing is deleted, and nothing but the state and its snapshots written. */
function historyPermissions(use: HistoryUse, grant: Grant): Statement[] {
  const { patterns } = grant.keys;
  const all: Grant = { ...grant, versions: 'listed' };
  const read = reading(all);
  const kept = snapshotKeys(grant);
  if (use === 'history_read') {
    return [
      onObjects('State', read, patterns, grant),
      onObjects('Snapshots', ['s3:GetObject'], kept, grant),
      ...listedVersions(all),
      ...listing('hold', grant),
      ...kmsKeys('outputs', { ...grant, table: undefined }),
    ];
  }
  return [
    onObjects('State', [...read, ...writing(grant, grant.tagsStates)], patterns, grant),
    onObjects('Snapshots', ['s3:GetObject', ...writing(grant, grant.tagsStates)], kept, grant),
    ...listedVersions(all),
    ...lockFile('hold', grant),
    ...listing('hold', grant),
    ...tableItems('hold', grant),
    ...kmsKeys('hold', grant),
  ];
}

function isLocksUse(use: SessionUse): use is LocksUse {
  return use === 'locks' || use === 'locks_free';
}

/** As for whoever shows locks, or frees one on proof; the keys are all below a prefix. Lock files are looked for in any case. */
function locksPermissions(use: LocksUse, given: Grant): Statement[] {
  const grant = { ...given, useLockfile: true, listsStates: true, scansTable: true };
  const one = use === 'locks_free' ? 'unlock' : 'show';
  // Who may read every object below the prefix, to repair a digest, may read the records.
  const records = repairsDigest(one, grant)
    ? []
    : [onObjects('PlanRecords', ['s3:GetObject'], listRecordKeys(grant), grant)];
  return [...leastPrivilege(one, grant), ...records];
}

function listRecordKeys({ keys }: Grant): string[] {
  return keys.patterns.map((key) => `${key}.plans/*.json`);
}

/** A scan has no leading keys, so nothing narrows it to some items. */
function tableScan({ table, region, account, scansTable }: Grant): Statement[] {
  if (table === undefined || scansTable !== true) return [];
  return [allow('Scan', ['dynamodb:Scan'], [tableArn(table, region, account)], undefined)];
}

function reading({ versions }: Grant): string[] {
  return versions === undefined ? ['s3:GetObject'] : ['s3:GetObject', 's3:GetObjectVersion'];
}

function listedVersions({ versions, bucket, region }: Grant): Statement[] {
  if (versions !== 'listed') return [];
  const arn = bucketArn(bucket, region);
  const resources = [arn, ...behind(arn, region, '')];
  return [allow('Versions', ['s3:ListBucketVersions'], resources, throughAccess(arn))];
}

/** The pattern that fits this very name. IAM's own wildcards and variables in it are escaped. Pure. */
export function exactly(name: string): string {
  return name.replace(/[*?]|\$(?=\{)/g, (special) => `\${${special}}`);
}

/** The pattern for whatever begins and ends so. Pure. */
export function between(head: string, tail: string): string {
  return `${exactly(head)}*${exactly(tail)}`;
}

/** Whether the state itself is used, not its lock alone. */
function usesState(use: StateUse): boolean {
  return use === 'hold' || use === 'pull' || use === 'publish' || onlyReads(use);
}

/** Whether the state is read, and nothing else is done. */
function onlyReads(use: StateUse): boolean {
  return use === 'outputs' || use === 'check';
}

/** Whether a digest is repaired that the lock's last holder did not come to write: its MD5 has to be that of the state. */
function repairsDigest(use: StateUse, { table }: Grant): boolean {
  return use === 'unlock' && table !== undefined;
}

function stateObject(use: StateUse, grant: Grant): Statement[] {
  const { patterns } = grant.keys;
  const published = patterns.map((key) => `${key}.outputs.json`);
  if (use === 'published') return [onObjects('PublishedOutputs', ['s3:GetObject'], published, grant)];
  if (use === 'check') {
    return [
      onObjects('State', ['s3:GetObject'], patterns, grant),
      onObjects('PlanRecords', ['s3:GetObject'], listRecordKeys(grant), grant),
    ];
  }
  if (onlyReads(use) || repairsDigest(use, grant))
    return [onObjects('State', reading(grant), patterns, grant), ...listedVersions(grant)];
  if (!usesState(use)) return [];
  if (use === 'pull') {
    const left = patterns.map((key) => `${key}.rescue/*`);
    return [
      onObjects('State', ['s3:GetObject'], patterns, grant),
      // What a killed job left on the machine is kept before the pull.
      onObjects('RescueCopies', ['s3:GetObject', ...writing(grant, grant.tagsStates)], left, grant),
    ];
  }
  // A refused state is kept beside the state, and looked up there.
  const kept = patterns.flatMap((key) => [key, `${key}.rescue/*`]);
  const keys = use === 'publish' ? [...kept, ...published] : kept;
  return [onObjects('State', ['s3:GetObject', ...writing(grant, grant.tagsStates)], keys, grant)];
}

function planObjects(grant: Grant): Statement[] {
  const { plans, keys, tagsStates, knowsConditionalWrites = true } = grant;
  if (plans === undefined) return [];
  const objects = keys.patterns.map((key) => `${key}.plans/*`);
  if (plans === 'apply') return [onObjects('Plans', ['s3:GetObject', 's3:DeleteObject'], objects, grant)];
  const [put, ...marks] = writing(grant, tagsStates);
  // Whoever stores looks up what stands in the way, which may be an own write whose answer was lost.
  const looks = onObjects('Plans', ['s3:GetObject', ...marks], objects, grant);
  const puts = onObjects('NewPlans', [put], objects, grant);
  if (!knowsConditionalWrites) return [looks, puts];
  // What was approved stays what it was: only a write that can't replace an object is allowed.
  return [looks, { ...puts, Condition: { ...puts.Condition, Null: { 's3:if-none-match': 'false' } } }];
}

function snapshots(grant: Grant): Statement[] {
  if (grant.keepsSnapshots !== true) return [];
  const actions = [...writing(grant, grant.tagsStates), 's3:DeleteObject'];
  return [onObjects('Snapshots', actions, snapshotKeys(grant), grant)];
}

function snapshotKeys({ keys }: Grant): string[] {
  return keys.patterns.map((key) => `${key}.backup/*`);
}

function lockFile(use: StateUse, grant: Grant): Statement[] {
  if (!grant.useLockfile || onlyReads(use) || use === 'published') return [];
  const keys = grant.keys.patterns.map((key) => `${key}.tflock`);
  if (use === 'show') return [onObjects('LockFile', ['s3:GetObject'], keys, grant)];
  const write = use === 'unlock' || use === 'free' ? [] : writing(grant, grant.tagsLocks);
  return [onObjects('LockFile', ['s3:GetObject', ...write, 's3:DeleteObject'], keys, grant)];
}

/**
 * Nothing but states below a prefix, and plans and snapshots beside a state, is ever listed: it is this permission that makes S3 answer 404 and not 403 for an object that is not there.
 * AWS does not say what `s3:prefix` is in that check, and with a condition that fails no new state could begin.
 */
function listing(use: StateUse, grant: Grant): Statement[] {
  // Of the published outputs it is not worth the names of all states.
  if (use === 'published' || (!usesState(use) && !grant.useLockfile && grant.listsStates !== true)) return [];
  const { bucket, region } = grant;
  const arn = bucketArn(bucket, region);
  return [allow('MissingObject', ['s3:ListBucket'], [arn, ...behind(arn, region, '')], throughAccess(arn))];
}

// A transaction asks for the permissions of the puts and deletes in it, and for none of its own.
const HOLDING = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'];
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

function tableItems(use: StateUse, grant: Grant): Statement[] {
  const { bucket, keys, table, region, account } = grant;
  if (table === undefined || use === 'published') return [];
  const locks = keys.patterns.map((key) => `${exactly(bucket)}/${key}`);
  const digests = locks.map((lock) => `${lock}-md5`);
  const all = [...locks, ...digests];
  const whole = use === 'hold' || use === 'pull' || use === 'publish';
  const part = onlyReads(use) ? digests : locks;
  const items = whole ? all : part;
  const operator = keys.exact ? 'ForAllValues:StringEquals' : 'ForAllValues:StringLike';
  const allowOn = (sid: string, calls: readonly string[], leadingKeys: readonly string[]) =>
    allow(sid, calls, [tableArn(table, region, account)], {
      [operator]: { 'dynamodb:LeadingKeys': leadingKeys },
    });
  const statements = [allowOn('Table', ITEM_CALLS[use], items)];
  if (repairsDigest(use, grant))
    statements.push(allowOn('Digest', ['dynamodb:GetItem', 'dynamodb:PutItem'], digests));
  return statements;
}

function kmsKeys(use: StateUse, grant: Grant): Statement[] {
  const { table, region, useLockfile, decryptWith, encryptWith } = grant;
  const hasObjects = usesState(use) || repairsDigest(use, grant) || useLockfile || use === 'published';
  const usesTable = table !== undefined && use !== 'published';
  // A table under a key of the account has its reader ask KMS, too.
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

function writesObjects(use: SessionUse, { useLockfile, plans }: Grant): boolean {
  if (plans === 'store') return true;
  return use === 'hold' || use === 'pull' || use === 'publish' || (use === 'lock' && useLockfile);
}

/** The end of these names differs by partition. */
function viaServices(services: readonly string[], region: string): Statement['Condition'] {
  return { StringLike: { 'kms:ViaService': single(services.map((service) => `${service}.${region}.*`)) } };
}

function writing({ acl }: Grant, tags = false): readonly ['s3:PutObject', ...string[]] {
  const withAcl = acl === undefined ? [] : ['s3:PutObjectAcl'];
  return ['s3:PutObject', ...withAcl, ...(tags ? ['s3:PutObjectTagging'] : [])];
}

function onObjects(
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

/** Behind an access point AWS looks at the bucket, too, whose name nobody told us; the condition ties it to this way in. */
function behind(arn: string, region: string, path: string): string[] {
  return isAccessPoint(arn) ? [`arn:${findPartition(region)}:s3:::*${path}`] : [];
}

function throughAccess(arn: string): Statement['Condition'] {
  return isAccessPoint(arn) ? { StringLike: { 's3:DataAccessPointArn': arn } } : undefined;
}

/** Whether the ARN of a bucket is an access point's. Pure. */
export function isAccessPoint(arn: string): boolean {
  return arn.includes(':accesspoint/');
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

function single(values: readonly string[]): readonly string[] | string {
  const [first] = values;
  return values.length === 1 && first !== undefined ? first : values;
}
