import type { Principal } from '../aws/aws.ts';
import type { FoundLock } from '../backend/lock/lock-store.ts';
import type { TableSetup } from '../backend/policy/table-setup.ts';
import type { StateScope } from '../backend/state-error.ts';
import { describeHolding, HELD_BY, nameStore, nameStores } from './lock-text.ts';
import { plain } from './plain.ts';
import { stateUrl } from './state-url.ts';

/** Why the doctor did not ask a question. */
export type UnaskedReason =
  | 'no_credentials'
  | 'bad_credentials'
  | 'store_without_sts'
  | 'validation_skipped'
  | 'behind_access_point'
  | 'other_bucket_kind'
  | 'no_table'
  | 'no_lock_file'
  | 'unlock_reads_no_state'
  | 'outputs_take_no_lock'
  | 'not_aws'
  | 'no_harmless_delete'
  | 'kms_when_stored'
  | 'no_customer_key'
  | 'not_of_main';

const UNASKED: Readonly<Record<UnaskedReason, string>> = {
  no_credentials: 'there are no credentials to check with',
  bad_credentials: "the credentials can't be used",
  store_without_sts: "AWS's STS does not know a store's keys, and there is no `sts_endpoint`",
  validation_skipped: '`skip_credentials_validation` is set',
  behind_access_point: 'an access point does not show its bucket',
  other_bucket_kind: 'buckets of this kind have none',
  no_table: 'there is no `dynamodb_table`',
  no_lock_file: '`use_lockfile` is not set',
  unlock_reads_no_state: 'freeing a lock reads no state',
  outputs_take_no_lock: 'reading outputs takes no lock',
  not_aws: 'the doctor sends its harmless test writes only to AWS itself',
  no_harmless_delete: 'testing a delete could remove an object',
  kms_when_stored: 'only storing an object uses the key',
  no_customer_key: 'SSE-C is not used',
  not_of_main: 'main does not need this check',
};

/** The words for a question that was not asked. Pure. */
export function describeUnasked(reason: UnaskedReason): string {
  return UNASKED[reason];
}

/** What was found, and what to do about it. */
export interface Finding {
  readonly found: string;
  readonly fix: string;
}

/** `assumed`: how a role was assumed; undefined when there is none. */
export function credentialsText(assumed: 'by_job_token' | 'by_keys' | undefined): string {
  if (assumed === undefined) return 'found';
  return assumed === 'by_job_token' ? "the role was assumed by the job's own token" : 'the role was assumed';
}

export const ACCOUNT_ALLOWED = 'it may be used';
export const NO_ACCOUNT = 'there are none to check';

export function callerText({ arn, account }: Principal): string {
  return `${plain(arn)}${account === undefined ? '' : `, account ${account}`}`;
}

export function bucketText(bucket: string, region: string): string {
  return `s3://${bucket} is in ${region}`;
}

export function noBucketFinding({ address, region }: StateScope): Finding {
  return {
    found: `s3://${address.bucket} does not exist in region ${region}`,
    fix: 'check `bucket`, and that the credentials belong to the right account',
  };
}

export function bucketElsewhereFinding({ address, region }: StateScope, actual: string): Finding {
  return {
    found: `s3://${address.bucket} is in ${actual}, but \`region\` is ${region}`,
    fix: `set \`region: ${actual}\``,
  };
}

export function blockedKeyFinding({ address }: StateScope): Finding {
  return {
    found: `s3://${address.bucket} blocks SSE-C, which \`sse_customer_key\` needs`,
    fix: "remove SSE-C from the bucket's blocked encryption types, or encrypt with `kms_key_id`",
  };
}

export function encryptionText(algorithm: string, kmsKeyId: string | undefined): string {
  return `${algorithm} by default${kmsKeyId === undefined ? '' : `, key ${kmsKeyId}`}`;
}

export function noEncryptionText(isAskedFor: boolean): string {
  return isAskedFor
    ? 'none by default, but `encrypt` encrypts each state'
    : 'none by default, and `encrypt` is not set';
}

export const VERSIONED = 'on';

/** `status`: S3's own word; undefined when versioning was never on. */
export function notVersionedText(status: string | undefined): string {
  return `${status === undefined ? 'off' : status.toLowerCase()}: overwritten states are lost, except for the snapshots that jobs keep`;
}

/** `open`: the settings of the public access block that are not on. */
export function publicAccessText(open: readonly string[]): string {
  return open.length === 0 ? 'blocked, all four settings are on' : `not on: ${open.join(', ')}`;
}

export function readableTableText(table: string): string {
  return `${table}: the lock can be read by its \`LockID\``;
}

export function tableText(table: string): string {
  return `${table} has the partition key \`LockID\` (S)`;
}

export function looseTableFinding(table: string, regions: readonly string[]): Finding {
  return {
    found: `${table} is a global table with eventual consistency (${regions.join(', ')}): it keeps no lock between two Regions`,
    fix: 'let everybody who uses a state use its table in the same Region, or make the table strongly consistent (MRSC)',
  };
}

export function wrongKeyFinding(table: string, { keys }: TableSetup): Finding {
  const names = keys.map(({ name, type, role }) => `${role} key \`${name}\` (${type ?? 'unknown'})`);
  return {
    found: `${table} has the ${names.join(' and the ')}`,
    fix: 'the partition key must be `LockID` (S), without a sort key',
  };
}

export function unusableTableFinding(table: string, status: string | undefined): Finding {
  return { found: `${table} can't be used: it is ${status}`, fix: 'wait until it is ACTIVE' };
}

export function tableElsewhereFix(account: string | undefined, region: string | undefined): string {
  return `create it in account ${account}, region ${region}`;
}

/** `serial`: of a state that was read; undefined when it was only looked up. */
export function stateText(scope: StateScope, serial: string | undefined): string {
  return serial === undefined ? stateUrl(scope) : `${stateUrl(scope)} can be read, serial ${serial}`;
}

export function readableStateText(scope: StateScope): string {
  return `${stateUrl(scope)} can be read`;
}

export function noStateFinding(scope: StateScope): Finding {
  return {
    found: `there is none at ${stateUrl(scope)} yet`,
    fix: 'outputs/ needs `allow_missing: true` until there is one',
  };
}

export const STATE_UNREAD = 'the state could not be read';
export const STATE_ONLY_LOOKED_UP = 'the state was looked up but not read';
export const DIGEST_AGREES = 'table and object agree';
export const NOTHING_YET = 'there is no state yet, and no digest';

export function noDigestFinding({ table }: StateScope, kind: 'absent' | 'unusable'): Finding {
  const what = kind === 'absent' ? 'none' : 'one that is not an MD5';
  return { found: `table ${table} has ${what} for this state`, fix: 'the next push writes it' };
}

/** `calculated`: the MD5 of the object, empty when there is none. `stored`: the digest in the table. */
export function mismatchFinding({ table }: StateScope, calculated: string, stored: string): Finding {
  return {
    found: `the object has the MD5 ${calculated || '(no object)'}, but table ${table} has ${stored}`,
    fix: 'if nobody is writing and the object is right',
  };
}

export const UNLOCKED: Finding = {
  found: 'nothing locks this state',
  fix: 'set `dynamodb_table` or `use_lockfile: true`',
};

export function freeText(scope: StateScope): string {
  return `free in ${nameStores(scope)}`;
}

/** A lock in each store that it was found in. `now` in ms since the epoch. */
export function heldFinding(
  found: readonly [FoundLock, ...FoundLock[]],
  scope: StateScope,
  now: number,
): Finding {
  return {
    found: `the lock in ${nameAll(found, scope)} is ${describeHolding(found[0].holder, scope, now)}`,
    fix: 'wait for it (`lock_timeout`) or, if its holder is gone for good',
  };
}

export function heldByThisRunText(found: readonly FoundLock[], scope: StateScope): string {
  return `the lock in ${nameAll(found, scope)} is ${HELD_BY} this run`;
}

function nameAll(found: readonly FoundLock[], scope: StateScope): string {
  return found.map((lock) => nameStore(lock, scope)).join(' and ');
}

/** `proved`: the permissions proved by a request that succeeded. */
export function sufficeText(proved: readonly string[]): string {
  return `they suffice: ${[...new Set(proved)].join(', ')}`;
}

/** A permission that nothing proves; `why` in words. */
export interface OpenPermission {
  readonly permission: string;
  readonly resource: string;
  readonly why: string;
}

/** What was proved, and what was not, with each reason once. Pure. */
export function unprovedText(proved: readonly string[], open: readonly OpenPermission[]): string {
  const groups = [...Map.groupBy(open, ({ why }) => why)].map(([why, ones]) => {
    const needs = ones.map(({ permission, resource }) => `${permission} on ${resource}`);
    return `not checked (${why}): ${needs.join(', ')}`;
  });
  return [`proved: ${[...new Set(proved)].join(', ') || 'none'}`, ...groups].join('; ');
}

/** The item of a table, as a permission's resource. */
export function nameItem(id: string, table: string | undefined): string {
  return `item ${id} of table ${table}`;
}

export const KMS_KEY = 'the KMS key';

/** What the doctor found for a main step that was refused access. */
export function accessFindingsText(lines: readonly string[]): string {
  return ['The doctor also found:', ...lines].join('\n');
}
