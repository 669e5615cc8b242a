import { findAccount } from '../../aws/arns.ts';
import { AwsError, type AwsErrorKind } from '../../aws/errors.ts';
import type { BucketScope } from '../../backend/policy/bucket-setup.ts';
import { fitsLocks, type TableSetup } from '../../backend/policy/table-setup.ts';
import { allowText, errorLine, lackText, refusalIn, seeLogLine } from '../../messages/doctor-text.ts';
import { setupCommands } from '../../messages/setup-commands.ts';
import { advice, type Check, type CheckName, failed, notChecked, ok } from './checks.ts';
import type { Answer, SetupFindings, StateFindings, Subject } from './findings.ts';

/** How bucket and table are set up; `state` proves what the setup could not be asked for. Pure. */
export function decideSetup(setup: SetupFindings, state: StateFindings, subject: Subject): Check[] {
  return [
    decideBucket(setup.bucket, subject),
    ...adviceOnBucket(setup, subject),
    decideTable(setup.table, state, subject),
  ];
}

/** Whether the bucket is there, in the region that was given. Pure. */
export function decideBucket(bucket: Answer<BucketScope>, subject: Subject): Check {
  const { scope, now } = subject;
  const name = `s3://${scope.address.bucket}`;
  if (bucket.kind === 'unasked') return notChecked('bucket', bucket.why);
  if (bucket.kind === 'failed') {
    if (classify(bucket.error) !== 'no_such_bucket')
      return describeUnchecked('bucket', bucket.error, subject);
    const fix = 'check `bucket`, and that the credentials are of the right account';
    return failed('bucket', `${name} does not exist in region ${scope.region}`, fix);
  }
  const { region, refusal } = bucket.value;
  if (refusal === undefined) return ok('bucket', `${name} is in ${region ?? scope.region}`);
  if (region !== undefined && region !== scope.region) {
    return failed(
      'bucket',
      `${name} is in ${region}, but \`region\` is ${scope.region}`,
      `set \`region: ${region}\``,
    );
  }
  const check = describeUnchecked('bucket', refusal, subject);
  return check.result === 'failed' ? failed('bucket', errorLine(refusal, now)) : check;
}

/** Whether the bucket takes objects encrypted as the settings say. Pure. */
export function decideEncryption({ encryption }: Pick<SetupFindings, 'encryption'>, subject: Subject): Check {
  const { scope, objects } = subject;
  return describeSetup('encryption', encryption, subject, (rule) => {
    if (rule?.blocksCustomerKeys === true && scope.underCustomerKey) {
      const found = `s3://${scope.address.bucket} blocks SSE-C, the encryption that \`sse_customer_key\` asks for`;
      const fix = "take SSE-C out of the bucket's blocked encryption types, or encrypt with `kms_key_id`";
      return failed('encryption', found, fix);
    }
    if (rule?.algorithm !== undefined) {
      const key = rule.kmsKeyId === undefined ? '' : `, key ${rule.kmsKeyId}`;
      return ok('encryption', `${rule.algorithm} by default${key}`);
    }
    if (objects.encrypt)
      return ok('encryption', 'none by default, but `encrypt` asks for it with each state');
    const command = setupCommands(scope).encryption;
    return advice('encryption', 'none by default, and `encrypt` is not set', undefined, command);
  });
}

function adviceOnBucket(setup: SetupFindings, subject: Subject): Check[] {
  const commands = setupCommands(subject.scope);
  return [
    describeSetup('versioning', setup.versioning, subject, (status) =>
      status === 'Enabled'
        ? ok('versioning', 'on')
        : advice(
            'versioning',
            `${status === undefined ? 'off' : status.toLowerCase()}: a state that is overwritten is gone`,
            undefined,
            commands.versioning,
          ),
    ),
    decideEncryption(setup, subject),
    describeSetup('public_access', setup.openAccess, subject, (open) =>
      open.length === 0
        ? ok('public_access', 'blocked, all four settings are on')
        : advice('public_access', `not on: ${open.join(', ')}`, undefined, commands.publicAccess),
    ),
  ];
}

/** Whether the table is there, with the key that locks need. Pure. */
export function decideTable(table: Answer<TableSetup>, state: StateFindings, subject: Subject): Check {
  const { scope, now } = subject;
  if (table.kind === 'answered') return decideTableSetup(table.value, subject);
  if (scope.table === undefined) return notChecked('table', 'there is no `dynamodb_table`');
  const items = [state.lockItem, state.digest];
  const errors = [table, ...items].flatMap((answer) => (answer.kind === 'failed' ? [answer.error] : []));
  const broken = errors.find((error) => WRONG_TABLE.has(classify(error)));
  if (broken !== undefined)
    return failed('table', errorLine(broken, now), elsewhere(subject), createTable(subject));
  // An item is found only by the whole key of its table.
  if (items.some(({ kind }) => kind === 'answered'))
    return ok('table', `${scope.table}: the lock can be read by its \`LockID\``);
  return table.kind === 'failed'
    ? describeUnchecked('table', table.error, subject)
    : notChecked('table', table.why);
}

const WRONG_TABLE: ReadonlySet<AwsErrorKind | undefined> = new Set(['no_such_table', 'wrong_table_key']);

/** The account and region of a table's ARN, if it is not in those that a command would make it in. */
function elsewhere({ scope, caller }: Subject): string | undefined {
  const { table = '', region } = scope;
  if (!table.startsWith('arn:')) return undefined;
  const account = findAccount(table);
  const tableRegion = table.split(':')[3];
  if (account === findAccount(caller) && tableRegion === region) return undefined;
  return `it has to be made in account ${account}, region ${tableRegion}`;
}

/** Undefined for a table of another account, where the command would make one that nobody asked for. */
function createTable(subject: Subject): string | undefined {
  return elsewhere(subject) === undefined ? setupCommands(subject.scope).table : undefined;
}

function decideTableSetup(setup: TableSetup, subject: Subject): Check {
  const { table = '' } = subject.scope;
  if (!fitsLocks(setup)) {
    const keys = setup.keys.map(({ name, type, role }) => `${role} key \`${name}\` (${type ?? 'unknown'})`);
    const fix = 'the partition key must be `LockID` (S), without a sort key';
    return failed('table', `${table} has the ${keys.join(' and the ')}`, fix, createTable(subject));
  }
  if (setup.status === 'ACTIVE' || setup.status === 'UPDATING') {
    return ok('table', `${table} has the partition key \`LockID\` (S)`);
  }
  return failed('table', `${table} can't be used: it is ${setup.status}`, 'wait until it is ACTIVE');
}

function classify(error: unknown): AwsErrorKind | undefined {
  return error instanceof AwsError ? error.kind : undefined;
}

/** A look that is only for advice: whatever keeps it from being made breaks no job. */
function describeSetup<Value>(
  name: CheckName,
  answer: Answer<Value>,
  subject: Subject,
  decide: (value: Value) => Check,
): Check {
  if (answer.kind === 'answered') return decide(answer.value);
  if (answer.kind === 'unasked') return notChecked(name, answer.why);
  const why = seeLogLine(answer.error);
  if (why !== undefined) return notChecked(name, why);
  const check = describeUnchecked(name, answer.error, subject);
  return { ...check, result: 'not_checked' };
}

/** What could not be looked at: by a permission that no job needs, or for a reason that breaks a job, too. */
function describeUnchecked(name: CheckName, error: unknown, { caller, now }: Subject): Check {
  const refusal = refusalIn(error);
  if (refusal !== undefined) return notChecked(name, lackText([refusal]), allowText([refusal], caller));
  const why = errorLine(error, now);
  return classify(error) === 'not_implemented' ? notChecked(name, why) : failed(name, why);
}
