import { isOtherKind } from '../../aws/arns.ts';
import { isStsUnknown } from '../../aws/aws-endpoints.ts';
import { lockFile } from '../../backend/lock/lock-file.ts';
import { lockTable } from '../../backend/lock/lock-table.ts';
import {
  bucketEncryption,
  bucketVersioning,
  findBucket,
  openAccess,
} from '../../backend/policy/bucket-setup.ts';
import { isAccessPoint } from '../../backend/policy/statement.ts';
import { describeTable } from '../../backend/policy/table-setup.ts';
import type { Use } from '../../backend/policy/uses.ts';
import type { Backend } from '../../backend/settings.ts';
import { requireDigest } from '../../backend/state/digest.ts';
import {
  type Answer,
  ask,
  type IdentityFindings,
  type ReadDigest,
  type SeenState,
  type SetupFindings,
  type StateFindings,
  unasked,
} from './findings.ts';
import { listProbes } from './probes.ts';

/** Finds credentials, assumes the role, and asks STS for the resulting identity. Changes nothing. */
export async function lookAtIdentity(
  { aws, endpoints }: Backend,
  skipCredentialsValidation: boolean,
): Promise<IdentityFindings> {
  const signIn = await ask(() => aws.signIn());
  if (signIn.kind !== 'answered') return { signIn, caller: unasked('bad_credentials') };
  const why = isStsUnknown({ endpoints }) ? 'store_without_sts' : 'validation_skipped';
  if (skipCredentialsValidation) return { signIn, caller: unasked(why) };
  return { signIn, caller: await ask(() => aws.verifyCredentials()) };
}

/** Inspects bucket and table, in parallel. Changes nothing. */
export async function lookAtSetup(backend: Backend): Promise<SetupFindings> {
  const { table, address } = backend;
  // An access point's alias can't be recognized by an ARN.
  const isBehind = isAccessPoint(address.bucket) || address.bucket.endsWith('-s3alias');
  const why = isBehind ? 'behind_access_point' : 'other_bucket_kind';
  const inBucket = <Value>(question: () => Promise<Value>): Promise<Answer<Value>> | Answer<Value> =>
    isBehind || isOtherKind(address.bucket) ? unasked(why) : ask(question);
  const [bucket, versioning, encryption, open, keys] = await Promise.all([
    ask(() => findBucket(backend)),
    inBucket(() => bucketVersioning(backend)),
    inBucket(() => bucketEncryption(backend)),
    inBucket(() => openAccess(backend)),
    table === undefined ? unasked('no_table') : ask(() => describeTable(backend, table)),
  ]);
  return { bucket, versioning, encryption, openAccess: open, table: keys };
}

/**
 * Reads the state, its digest and its lock as far as a use needs them, and tests the writes that it needs, all in
 * parallel. Changes nothing.
 */
export async function lookAtState(
  backend: Backend,
  use: Use,
  readState: () => Promise<SeenState | undefined>,
): Promise<StateFindings> {
  const { aws, address, table, useLockfile } = backend;
  const noState = use === 'unlock' ? unasked('unlock_reads_no_state') : undefined;
  const noLock = use === 'outputs' ? unasked('outputs_take_no_lock') : undefined;
  const noItem = table === undefined ? unasked('no_table') : noLock;
  const noFile = useLockfile ? noLock : unasked('no_lock_file');
  const [state, digest, lockItem, file, probes] = await Promise.all([
    noState ?? ask(readState),
    table === undefined ? unasked('no_table') : (noState ?? ask(() => readStoredDigest(backend, table))),
    noItem ?? ask(() => lockTable(aws, table ?? '', address.lockPath).read()),
    noFile ?? ask(() => lockFile(backend).read()),
    listProbes(backend, use),
  ]);
  return { state, digest, lockItem, lockFile: file, probes };
}

async function readStoredDigest({ aws, address }: Backend, table: string): Promise<ReadDigest> {
  return await requireDigest(aws, table, address.digestPath);
}
