import { AwsError } from '../../aws/errors.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { StateProvenance } from '../../backend/state/provenance.ts';
import { findCutOffWrite, lookUpObject, storeFile } from '../../backend/state/state-object.ts';
import { StateError } from '../../backend/state-error.ts';
import { allowCleanup } from '../../job-state/connect-backend.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { readJob } from '../../runner/job.ts';
import { keepState } from './keep-state.ts';
import { adoptInDoubt, missingDigest, type PushBase } from './push-base.ts';
import { decidePushForJob, type LocalState, type PushDecision } from './push-decision.ts';

/** A state that is in S3 now. `conditional` is false when the store knows no conditional writes. */
export interface PushedState {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly conditional: boolean;
}

/** What became of the job's state. `kept` says where a state that was not pushed is; then the local files stay. */
export interface PushEnd {
  readonly decision: PushDecision;
  readonly pushed: PushedState | undefined;
  readonly error: unknown;
  readonly kept: string | undefined;
  /** MD5 of what the object holds now, where the table is still to get it. */
  readonly digest: string | undefined;
}

/**
 * Pushes the job's state if the job changed it. A state that should be pushed and can't be is kept.
 * Throws nothing: what fails is in `error` (StateError, AwsError).
 */
export async function pushForJob(
  deps: Dependencies,
  backend: Backend,
  session: Session,
  base: PushBase,
  local: LocalState | undefined,
): Promise<PushEnd> {
  const decision = decidePushForJob(session, base, local);
  const { checkpoint } = base;
  const end = { decision, pushed: undefined, error: undefined, kept: undefined, digest: missingDigest(base) };
  if (decision.kind === 'checkpointed') {
    return { ...end, pushed: { etag: base.etag, versionId: checkpoint?.versionId, conditional: true } };
  }
  if (decision.kind !== 'push' && decision.kind !== 'refuse') return end;
  const job = readJob(deps.env);
  const provenance = describeProvenance(job, session, decision.local, base.storedDigest);
  try {
    if (decision.kind === 'refuse') throw new StateError(decision.details, backend);
    const pushed = await push(backend, session, base, decision.local, provenance);
    return { ...end, pushed, digest: provenance.md5 };
  } catch (error) {
    const conflict =
      error instanceof StateError && error.details.reason === 'state_conflict' && error.details;
    const adopted = conflict && adoptInDoubt(base, conflict.current, session.lock?.id);
    if (adopted) return await pushForJob(deps, backend, session, adopted, local);
    allowCleanup(deps, backend, 'rescue');
    const committed = await findCommittedPush(backend, decision.local, provenance, error);
    if (committed !== undefined) return { ...end, pushed: committed, digest: provenance.md5 };
    const kept = await keepState(deps, backend, job, decision.local, provenance, error);
    // In a conflict the object is somebody else's, and so is its digest.
    if (conflict) return { ...end, error, kept, digest: undefined };
    const { digest, unsure } = await resolveDigestInDoubt(backend, session, base);
    return {
      ...end,
      error: unsure === undefined ? error : new AggregateError([error, unsure]),
      kept,
      digest,
    };
  }
}

/** A checkpoint that nobody saw the end of lacks its digest where it is in S3: one more look, before the lock goes. */
async function resolveDigestInDoubt(
  backend: Backend,
  session: Session,
  base: PushBase,
): Promise<{ readonly digest: string | undefined; readonly unsure: StateError | undefined }> {
  const calculated = base.inDoubt.at(-1)?.md5;
  if (calculated === undefined || backend.table === undefined) {
    return { digest: missingDigest(base), unsure: undefined };
  }
  try {
    const current = await lookUpObject(backend, backend.address.objectKey);
    const settled = adoptInDoubt(base, current, session.lock?.id) ?? base;
    return { digest: missingDigest(settled), unsure: undefined };
  } catch (cause) {
    const details = { reason: 'checkpoint_unsure', calculated, stored: base.storedDigest, cause } as const;
    return { digest: missingDigest(base), unsure: new StateError(details, backend) };
  }
}

/** A compare-and-swap (docs/design.md#push-is-a-compare-and-swap): the lock is read back first, and the object must be as it was pulled. */
async function push(
  backend: Backend,
  session: Session,
  base: PushBase,
  { copy: path, facts }: LocalState,
  provenance: StateProvenance,
): Promise<PushedState> {
  const { address } = backend;
  const { lock } = session;
  const instead = lock && (await stateLock(backend)?.findOtherHolder(lock.info));
  if (instead !== undefined) throw new StateError({ reason: 'lock_lost', holder: instead.holder }, backend);
  const expectedEtag = base.etag;
  const outcome = await storeFile(backend, { key: address.objectKey, path, facts, provenance, expectedEtag });
  if (outcome.kind === 'stored') return outcome;
  const { current } = outcome;
  throw new StateError({ reason: 'state_conflict', expectedEtag, current }, backend);
}

/** A push that an interrupt cut off may have gone through: then the digest is still to be written for it. */
async function findCommittedPush(
  backend: Backend,
  { copy: path, facts }: LocalState,
  provenance: StateProvenance,
  error: unknown,
): Promise<PushedState | undefined> {
  if (!(error instanceof AwsError) || error.kind !== 'aborted' || error.api !== 's3:PutObject')
    return undefined;
  const key = backend.address.objectKey;
  const request = { key, path, facts, provenance, expectedEtag: undefined };
  // When even the look fails, the push counts as failed, and its error is the one to tell.
  const object = await findCutOffWrite(backend, request).catch(() => undefined);
  return object && { etag: object.etag, versionId: object.versionId, conditional: true };
}
