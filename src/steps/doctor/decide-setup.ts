import { findAccount } from '../../aws/arns.ts';
import { AwsError, type AwsErrorKind } from '../../aws/errors.ts';
import type { BucketScope } from '../../backend/policy/bucket-setup.ts';
import { fitsLocks, type TableSetup } from '../../backend/policy/table-setup.ts';
import { advice, type Check, type CheckName, failed, notChecked, ok } from '../../messages/doctor-checks.ts';
import {
  blockedKeyFinding,
  bucketElsewhereFinding,
  bucketText,
  describeUnasked,
  encryptionText,
  looseTableFinding,
  noBucketFinding,
  noEncryptionText,
  notVersionedText,
  publicAccessText,
  readableTableText,
  tableElsewhereFix,
  tableText,
  unusableTableFinding,
  VERSIONED,
  wrongKeyFinding,
} from '../../messages/doctor-findings.ts';
import { allowText, errorLine, lackText, refusalIn, seeLogLine } from '../../messages/doctor-text.ts';
import { setupCommands } from '../../messages/setup-commands.ts';
import type { Answer, SetupFindings, StateFindings, Subject } from './findings.ts';

/** How bucket and table are set up. `state` proves what the setup could not show. Pure. */
export function decideSetup(setup: SetupFindings, state: StateFindings, subject: Subject): Check[] {
  return [
    decideBucket(setup.bucket, subject),
    ...adviceOnBucket(setup, subject),
    decideTable(setup.table, state, subject),
  ];
}

/** Whether the bucket exists in the given region. Pure. */
export function decideBucket(bucket: Answer<BucketScope>, subject: Subject): Check {
  const { scope, now } = subject;
  if (bucket.kind === 'unasked') return notChecked('bucket', describeUnasked(bucket.reason));
  if (bucket.kind === 'failed') {
    if (classify(bucket.error) !== 'no_such_bucket')
      return describeUnchecked('bucket', bucket.error, subject);
    const { found, fix } = noBucketFinding(scope);
    return failed('bucket', found, fix);
  }
  const { region, refusal } = bucket.value;
  if (refusal === undefined) return ok('bucket', bucketText(scope.address.bucket, region ?? scope.region));
  if (region !== undefined && region !== scope.region) {
    const { found, fix } = bucketElsewhereFinding(scope, region);
    return failed('bucket', found, fix);
  }
  const check = describeUnchecked('bucket', refusal, subject);
  return check.result === 'failed' ? failed('bucket', errorLine(refusal, now)) : check;
}

/** Whether the bucket accepts objects encrypted with these settings. Pure. */
export function decideEncryption({ encryption }: Pick<SetupFindings, 'encryption'>, subject: Subject): Check {
  const { scope, objects } = subject;
  return describeSetup('encryption', encryption, subject, (rule) => {
    if (rule?.blocksCustomerKeys === true && scope.underCustomerKey) {
      const { found, fix } = blockedKeyFinding(scope);
      return failed('encryption', found, fix);
    }
    if (rule?.algorithm !== undefined) {
      return ok('encryption', encryptionText(rule.algorithm, rule.kmsKeyId));
    }
    if (objects.encrypt) return ok('encryption', noEncryptionText(true));
    const command = setupCommands(scope).encryption;
    return advice('encryption', noEncryptionText(false), undefined, command);
  });
}

function adviceOnBucket(setup: SetupFindings, subject: Subject): Check[] {
  const commands = setupCommands(subject.scope);
  return [
    describeSetup('versioning', setup.versioning, subject, (status) =>
      status === 'Enabled'
        ? ok('versioning', VERSIONED)
        : advice('versioning', notVersionedText(status), undefined, commands.versioning),
    ),
    decideEncryption(setup, subject),
    describeSetup('public_access', setup.openAccess, subject, (open) =>
      open.length === 0
        ? ok('public_access', publicAccessText(open))
        : advice('public_access', publicAccessText(open), undefined, commands.publicAccess),
    ),
  ];
}

/** Whether the table exists, with the key that locks need. Pure. */
export function decideTable(table: Answer<TableSetup>, state: StateFindings, subject: Subject): Check {
  const { scope, now } = subject;
  if (table.kind === 'answered') return decideTableSetup(table.value, subject);
  if (scope.table === undefined) return notChecked('table', describeUnasked('no_table'));
  const items = [state.lockItem, state.digest];
  const errors = [table, ...items].flatMap((answer) => (answer.kind === 'failed' ? [answer.error] : []));
  const broken = errors.find((error) => WRONG_TABLE.has(classify(error)));
  if (broken !== undefined)
    return failed('table', errorLine(broken, now), elsewhere(subject), createTable(subject));
  // An item can be found only with the whole key of its table.
  if (items.some(({ kind }) => kind === 'answered')) return ok('table', readableTableText(scope.table));
  return table.kind === 'failed'
    ? describeUnchecked('table', table.error, subject)
    : notChecked('table', describeUnasked(table.reason));
}

const WRONG_TABLE: ReadonlySet<AwsErrorKind | undefined> = new Set(['no_such_table', 'wrong_table_key']);

/** The account and region of a table's ARN, if a command would create the table elsewhere. */
function elsewhere({ scope, caller }: Subject): string | undefined {
  const { table = '', region } = scope;
  if (!table.startsWith('arn:')) return undefined;
  const account = findAccount(table);
  const tableRegion = table.split(':')[3];
  if (account === findAccount(caller) && tableRegion === region) return undefined;
  return tableElsewhereFix(account, tableRegion);
}

/** Undefined for a table of another account, because the command would create an unwanted one. */
function createTable(subject: Subject): string | undefined {
  return elsewhere(subject) === undefined ? setupCommands(subject.scope).table : undefined;
}

function decideTableSetup(setup: TableSetup, subject: Subject): Check {
  const { table = '' } = subject.scope;
  if (!fitsLocks(setup)) {
    const { found, fix } = wrongKeyFinding(table, setup);
    return failed('table', found, fix, createTable(subject));
  }
  if (setup.status === 'ACTIVE' || setup.status === 'UPDATING') {
    if (setup.looseReplicas.length === 0) return ok('table', tableText(table));
    const { found, fix } = looseTableFinding(table, setup.looseReplicas);
    return advice('table', found, fix);
  }
  const { found, fix } = unusableTableFinding(table, setup.status);
  return failed('table', found, fix);
}

function classify(error: unknown): AwsErrorKind | undefined {
  return error instanceof AwsError ? error.kind : undefined;
}

/** A check that only gives advice. If it can't be made, that breaks no job. */
function describeSetup<Value>(
  name: CheckName,
  answer: Answer<Value>,
  subject: Subject,
  decide: (value: Value) => Check,
): Check {
  if (answer.kind === 'answered') return decide(answer.value);
  if (answer.kind === 'unasked') return notChecked(name, describeUnasked(answer.reason));
  const why = seeLogLine(answer.error);
  if (why !== undefined) return notChecked(name, why);
  const check = describeUnchecked(name, answer.error, subject);
  return { ...check, result: 'not_checked' };
}

/** Why a check was impossible: a permission that no job needs, or a reason that also breaks a job. */
function describeUnchecked(name: CheckName, error: unknown, { caller, now }: Subject): Check {
  const refusal = refusalIn(error);
  if (refusal !== undefined) return notChecked(name, lackText([refusal]), allowText([refusal], caller));
  const why = errorLine(error, now);
  return classify(error) === 'not_implemented' ? notChecked(name, why) : failed(name, why);
}
