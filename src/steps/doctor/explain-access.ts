import { AwsError, type AwsErrorKind } from '../../aws/errors.ts';
import { type BucketScope, bucketEncryption, findBucket } from '../../backend/policy/bucket-setup.ts';
import type { Use } from '../../backend/policy/uses.ts';
import type { Backend } from '../../backend/settings.ts';
import { lookUpObject } from '../../backend/state/look-up-object.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { type Check, type CheckName, fixLine } from '../../messages/doctor-checks.ts';
import { accessFindingsText } from '../../messages/doctor-findings.ts';
import { checkLine } from '../../messages/doctor-table.ts';
import { firstCause } from '../../messages/to-reason-code.ts';
import { decidePermissions } from './decide-permissions.ts';
import { decideBucket, decideEncryption, decideTable } from './decide-setup.ts';
import { decideState } from './decide-state.ts';
import {
  type Answer,
  ask,
  type SeenState,
  type SetupFindings,
  type StateFindings,
  type Subject,
  unasked,
} from './findings.ts';
import { lookAtState } from './look.ts';

/** Errors that a wrong setting or a missing permission may cause. There may be more of the same kind. */
const OF_ACCESS: ReadonlySet<AwsErrorKind> = new Set([
  'access_denied',
  'wrong_region',
  'no_such_bucket',
  'no_such_table',
  'wrong_table_key',
]);

const LONGEST_MS = 5_000;

/** What the doctor also found; `message` is for the user. */
class AccessFindings extends Error {}

/**
 * Main failed and has released the lock. If AWS refused a call, the doctor looks for every other call that AWS would
 * refuse, to save the user from finding them one job at a time. It makes a few calls in parallel, within 5 s, and
 * changes nothing. Returns the error to throw, with the findings appended.
 */
export async function explainAccess(
  { clock, signal }: Pick<Dependencies, 'clock' | 'signal'>,
  backend: Backend,
  use: Use,
  error: unknown,
): Promise<unknown> {
  const cause = firstCause(error);
  if (signal.aborted || !(cause instanceof AwsError) || !isOfAccess(cause)) return error;
  const over = new AbortController();
  backend.aws.continueUnder(AbortSignal.any([signal, over.signal]));
  const nothing = (): Finding[] => [];
  const timeUp = clock.sleep(LONGEST_MS, AbortSignal.any([signal, over.signal])).then(nothing, nothing);
  try {
    const looked = lookAndDecide(backend, use, clock.now(), cause).catch(nothing);
    const findings = renderFindings(await Promise.race([looked, timeUp]));
    return signal.aborted || findings.length === 0 ? error : withFindings(error, findings);
  } finally {
    over.abort();
  }
}

/** Without credentials nothing can be checked, and their error says everything. */
function isOfAccess({ kind, api }: AwsError): boolean {
  return OF_ACCESS.has(kind) && !api.startsWith('sts:');
}

/** A check, and whether main's own error already reports its problem. */
interface Finding extends Check {
  readonly isReported: boolean;
}

async function lookAndDecide(backend: Backend, use: Use, now: number, cause: AwsError): Promise<Finding[]> {
  const lookUp = async (): Promise<SeenState | undefined> =>
    (await lookUpObject(backend, backend.address.objectKey)) && { serial: undefined };
  const [bucket, state, encryption] = await Promise.all([
    ask(() => findBucket(backend)),
    lookAtState(backend, use, lookUp),
    backend.underCustomerKey ? ask(() => bucketEncryption(backend)) : unasked('no_customer_key'),
  ]);
  const subject = describeSubject(backend, use, now);
  const notAsked = unasked('not_of_main');
  const setup: SetupFindings = {
    bucket,
    versioning: notAsked,
    encryption,
    openAccess: notAsked,
    table: notAsked,
  };
  const reported = findReported(cause, bucket, state);
  const checks = [
    decideBucket(bucket, subject),
    decideEncryption(setup, subject),
    decideTable(setup.table, state, subject),
    // Either the lock was ours, or its store is unreachable.
    ...decideState(state, subject).filter(({ name }) => name !== 'lock'),
    ...decidePermissions(setup, state, subject).filter(({ name }) => name === `permissions_${use}`),
  ];
  return checks.map((check) => ({ ...check, isReported: check.name === reported }));
}

/** The check for the problem that the error already reports; undefined when there is none. Pure. */
function findReported(
  { kind, failure }: AwsError,
  bucket: Answer<BucketScope>,
  { lockItem, digest }: StateFindings,
): CheckName | undefined {
  const isSame = (answer: Answer<unknown>) =>
    answer.kind === 'failed' && answer.error instanceof AwsError && answer.error.kind === kind;
  if (kind === 'no_such_bucket' && isSame(bucket)) return 'bucket';
  if (kind === 'wrong_region' && bucket.kind === 'answered') {
    return bucket.value.region === failure.actualRegion ? 'bucket' : undefined;
  }
  const isOfTable = kind === 'no_such_table' || kind === 'wrong_table_key';
  return isOfTable && (isSame(lockItem) || isSame(digest)) ? 'table' : undefined;
}

/** For the reported problem only a fix that its error lacks, then a line for each other problem. Pure. */
function renderFindings(findings: readonly Finding[]): string[] {
  const failed = findings.filter(({ result }) => result === 'failed');
  const reported = failed.find(({ isReported, name }) => isReported && name === 'table');
  const fix = reported && fixLine(reported);
  const fixes = fix === undefined ? [] : [`Fix: ${fix}`];
  const others = failed.filter(({ isReported }) => !isReported).map(checkLine);
  return others.length === 0 ? fixes : [...fixes, accessFindingsText(others)];
}

function describeSubject(backend: Backend, use: Use, now: number): Subject {
  return {
    scope: backend,
    use,
    objects: backend.objects,
    now,
    caller: backend.aws.principal() ?? 'these credentials',
    hasWebIdentity: false,
    hasAccountRule: false,
    assumesRole: true,
    runUrl: '',
  };
}

function withFindings(error: unknown, findings: readonly string[]): AggregateError {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const texts = findings.map((text) => new AccessFindings(text));
  return new AggregateError([...errors, ...texts], 'the step was refused');
}
