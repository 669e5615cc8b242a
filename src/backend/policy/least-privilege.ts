import { bucketArn, findPartition, tableArn } from '../../aws/arns.ts';

/** What is done with a state: held for a job, read, or its lock freed. */
export type Use = 'hold' | 'outputs' | 'unlock';

/**
 * What a session is for: the uses above; to hold only the lock; to see who holds it; only to free it; to hold the state
 * and publish its outputs; to read only these; to hold the state without changing it; to check whether the state has
 * changed; to list, create or delete workspaces; to read the state's versions or restore one; to check all locks
 * below a prefix and free some; or to move all states below a prefix from the table to the lock file.
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
  | LocksUse
  | MigrateUse;

/** What is done with states that exist or are created. */
type StateUse = Exclude<SessionUse, WorkspaceUse | HistoryUse | LocksUse | MigrateUse>;

/** What is done with workspaces themselves. */
export type WorkspaceUse = 'workspace_list' | 'workspace_new' | 'workspace_delete';

/** What is done with the versions of a state: read them, or restore one. */
export type HistoryUse = 'history_read' | 'history_restore';

/** What is done with all locks below a prefix: check them, or also free those of dead holders. */
export type LocksUse = 'locks' | 'locks_free';

/** What is done to move all states below a prefix to the lock file: look how each is locked, or remove its items from the table, too. */
export type MigrateUse = 'migrate_report' | 'migrate_finish';

/**
 * What is done with the plans beside a state. The job that plans stores them. The job that applies fetches and then
 * deletes them.
 */
export type PlanAccess = 'store' | 'apply';

/** Which versions of a state are read besides the current one: one named version, or any that the bucket lists. */
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

/** The names of state objects as policy patterns, see `exactly` and `between`. */
export interface KeyPatterns {
  readonly patterns: readonly string[];
  /** False when a pattern matches more keys than it was made for. */
  readonly exact: boolean;
}

/** The states to use, and where they are. */
export interface Grant {
  readonly bucket: string;
  readonly keys: KeyPatterns;
  readonly region: string;
  /** `*` when unknown. */
  readonly account: string;
  readonly table: string | undefined;
  readonly useLockfile: boolean;
  /** Whether states are found by a key prefix. */
  readonly listsStates?: boolean;
  /** Whether locks are found by a scan of the table. */
  readonly scansTable?: boolean;
  /** The ARN of the key, or `*`, under which OpenTofu encrypts the states; undefined when there is none. */
  readonly stateKey?: string | undefined;
  /** Undefined when only the current version is read. */
  readonly versions?: VersionsAccess | undefined;
  /** Undefined when nothing is done with plans. */
  readonly plans?: PlanAccess | undefined;
  /** Whether policies may use the condition key `s3:if-none-match`. AWS knows it, but other stores don't. */
  readonly knowsConditionalWrites?: boolean;
  /** Whether the previous state is kept as a snapshot before a push, and old snapshots are deleted. */
  readonly keepsSnapshots?: boolean;
  /** Whether the lock's queue is joined: whoever gives no time to wait has no need of it. */
  readonly queues?: boolean;
  readonly acl: string | undefined;
  /** Whether state objects and lock files get tags. */
  readonly tagsStates?: boolean;
  readonly tagsLocks?: boolean;
  /** The ARN of the key, or `*`, that KMS may decrypt and encrypt with; undefined when there is none. */
  readonly decryptWith: string | undefined;
  readonly encryptWith: string | undefined;
}

/**
 * All permissions that a use needs, as IAM statements, and nothing else: this state object with its rescue copies, this
 * lock file, this lock item and this digest. There is no condition on `s3:prefix`: see `listing`. Pure.
 */
export function leastPrivilege(use: SessionUse, grant: Grant): Statement[] {
  if (isWorkspaceUse(use)) return workspacePermissions(use, grant);
  if (isHistoryUse(use)) return historyPermissions(use, grant);
  if (isLocksUse(use)) return locksPermissions(use, grant);
  if (isMigrateUse(use)) return migratePermissions(use, grant);
  return [
    ...stateObject(use, grant),
    ...planObjects(grant),
    ...snapshots(grant),
    ...lockFile(use, grant),
    ...listing(use, grant),
    ...tableItems(use, grant),
    ...queueTickets(use, grant),
    ...tableScan(grant),
    ...kmsKeys(use, grant),
    ...stateKeys(grant),
  ];
}

/** The action calls KMS itself here, not through S3. */
function stateKeys({ stateKey }: Grant): Statement[] {
  return stateKey === undefined ? [] : [allow('StateKey', ['kms:Decrypt'], [stateKey], undefined)];
}

function isWorkspaceUse(use: SessionUse): use is WorkspaceUse {
  return use === 'workspace_list' || use === 'workspace_new' || use === 'workspace_delete';
}

/**
 * Lock, digest and state as for a job that holds the state. But nothing is kept beside a state, and what is deleted is
 * not written.
 */
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
    ...queueTickets('hold', grant),
    ...kmsKeys(isNew || grant.useLockfile ? 'hold' : 'outputs', grant),
  ];
}

function isHistoryUse(use: SessionUse): use is HistoryUse {
  return use === 'history_read' || use === 'history_restore';
}

/** Reads and lists versions and snapshots. Deletes nothing, and writes only the state and its snapshots. */
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
    ...queueTickets('hold', grant),
    ...kmsKeys('hold', grant),
  ];
}

function isLocksUse(use: SessionUse): use is LocksUse {
  return use === 'locks' || use === 'locks_free';
}

/** As for listing locks, or for freeing one on proof, but for all keys below a prefix. Always includes lock files. */
function locksPermissions(use: LocksUse, given: Grant): Statement[] {
  const grant = { ...given, useLockfile: true, listsStates: true, scansTable: true };
  const one = use === 'locks_free' ? 'unlock' : 'show';
  // A session that may read every object below the prefix, to repair a digest, may also read the records.
  const records = repairsDigest(one, grant)
    ? []
    : [onObjects('PlanRecords', ['s3:GetObject'], listRecordKeys(grant), grant)];
  return [...leastPrivilege(one, grant), ...records];
}

function isMigrateUse(use: SessionUse): use is MigrateUse {
  return use === 'migrate_report' || use === 'migrate_finish';
}

/** States are compared with their digests, and their versions listed; nothing but lock files is written. Who finishes takes both locks, and deletes the digests. */
function migratePermissions(use: MigrateUse, given: Grant): Statement[] {
  const grant: Grant = { ...given, useLockfile: true, scansTable: true, versions: 'listed' };
  const isFinish = use === 'migrate_finish';
  const [items] = tableItems('hold', grant);
  const calls = isFinish ? HOLDING : ['dynamodb:GetItem'];
  return [
    onObjects('State', ['s3:GetObject'], grant.keys.patterns, grant),
    ...(isFinish ? lockFile('lock', grant) : []),
    ...listedVersions(grant),
    ...listing('hold', grant),
    ...(items === undefined ? [] : [{ ...items, Action: calls }]),
    ...tableScan(grant),
    ...kmsKeys(isFinish ? 'lock' : 'outputs', grant),
  ];
}

function listRecordKeys({ keys }: Grant): string[] {
  return keys.patterns.map((key) => `${key}.plans/*.json`);
}

/** A scan has no leading keys, so nothing can limit it to some items. */
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

/** The pattern that matches exactly this name. Escapes IAM's own wildcards and variables. Pure. */
export function exactly(name: string): string {
  return name.replace(/[*?]|\$(?=\{)/g, (special) => `\${${special}}`);
}

/** The pattern for all names with this beginning and end. Pure. */
export function between(head: string, tail: string): string {
  return `${exactly(head)}*${exactly(tail)}`;
}

/** Whether the state itself is used, not only its lock. */
function usesState(use: StateUse): boolean {
  return use === 'hold' || use === 'pull' || use === 'publish' || onlyReads(use);
}

/** Whether the state is only read. */
function onlyReads(use: StateUse): boolean {
  return use === 'outputs' || use === 'check';
}

/**
 * Whether a use repairs a digest that the last lock holder did not write. That takes a read of the state, to compare
 * its MD5.
 */
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
      // Keeps what a killed job left on the machine before the pull.
      onObjects('RescueCopies', ['s3:GetObject', ...writing(grant, grant.tagsStates)], left, grant),
    ];
  }
  // A refused state is kept beside the state object and looked up there.
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
  // Whoever stores a plan reads the object that is already there, which may be from its own write with a lost answer.
  const looks = onObjects('Plans', ['s3:GetObject', ...marks], objects, grant);
  const puts = onObjects('NewPlans', [put], objects, grant);
  if (!knowsConditionalWrites) return [looks, puts];
  // An approved plan must not change, so only writes that can't replace an object are allowed.
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
 * The only listings are of states below a prefix, and of plans and snapshots beside a state. This permission also makes
 * S3 answer 404 instead of 403 for a missing object. AWS does not document the value of `s3:prefix` in that check, and
 * with a condition that fails no new state could be created.
 */
function listing(use: StateUse, grant: Grant): Statement[] {
  // For published outputs, this is not worth revealing the names of all states.
  if (use === 'published' || (!usesState(use) && !grant.useLockfile && grant.listsStates !== true)) return [];
  const { bucket, region } = grant;
  const arn = bucketArn(bucket, region);
  return [allow('MissingObject', ['s3:ListBucket'], [arn, ...behind(arn, region, '')], throughAccess(arn))];
}

// A transaction needs the permissions of the puts and deletes in it, but none of its own.
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

/** Those who take the lock. */
const LOCKING: ReadonlySet<StateUse> = new Set(['hold', 'pull', 'lock', 'publish']);

/** The tickets of those who wait for the lock: in the table if there is one. S3 lists them by the permission that `listing` gives. */
function queueTickets(use: StateUse, grant: Grant): Statement[] {
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

function tableItems(use: StateUse, grant: Grant): Statement[] {
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

function kmsKeys(use: StateUse, grant: Grant): Statement[] {
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

function writesObjects(use: SessionUse, { useLockfile, plans }: Grant): boolean {
  if (plans === 'store') return true;
  return use === 'hold' || use === 'pull' || use === 'publish' || (use === 'lock' && useLockfile);
}

/** The domain in these names differs by partition. */
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

/**
 * Behind an access point, AWS also checks the bucket, whose name is unknown here. The condition ties it to this access
 * point.
 */
function behind(arn: string, region: string, path: string): string[] {
  return isAccessPoint(arn) ? [`arn:${findPartition(region)}:s3:::*${path}`] : [];
}

function throughAccess(arn: string): Statement['Condition'] {
  return isAccessPoint(arn) ? { StringLike: { 's3:DataAccessPointArn': arn } } : undefined;
}

/** Whether a bucket's ARN is that of an access point. Pure. */
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
