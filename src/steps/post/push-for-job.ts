import { join } from 'node:path';
import { AwsError } from '../../aws/errors.ts';
import { isLockLost } from '../../backend/lock/held-lock.ts';
import type { StateProvenance } from '../../backend/records/provenance.ts';
import type { Backend } from '../../backend/settings.ts';
import type { SnapshotRequest } from '../../backend/state/keep-snapshot.ts';
import { pushState } from '../../backend/state/push-state.ts';
import { findCutOffWrite } from '../../backend/state/state-object.ts';
import { type CurrentObject, StateError } from '../../backend/state-error.ts';
import { allowCleanup } from '../../connection/connect-backend.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import { describeSnapshot } from '../../job-state/describe-snapshot.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { decisionLine, nameState } from '../../messages/debug-text.ts';
import { rememberSnapshot } from '../../messages/remember-snapshot.ts';
import { readJob } from '../../runner/job.ts';
import { confirmCheckpoint } from './confirm-checkpoint.ts';
import { keepState } from './keep-state.ts';
import { adoptInDoubt, isObjectOfJob, lookUpFor, missingDigest, type PushBase } from './push-base.ts';
import type { PushContext } from './push-context.ts';
import { decidePushForJob, type LocalState, type PushDecision } from './push-decision.ts';
import type { PushEnd, PushedState } from './push-end.ts';
import { countsAsPushed, describeLoss } from './push-under-lost-lock.ts';

/**
 * Pushes the job's state if the job changed it, and checks whether its checkpoint is still in place. A state that
 * should be in S3 but is not is kept. Throws nothing: failures are in `error` (StateError, AwsError).
 */
export async function pushForJob(
  context: PushContext,
  base: PushBase,
  local: LocalState | undefined,
): Promise<PushEnd> {
  const decision = decidePushForJob(context.session, base, local);
  context.deps.runner.debug(decisionLine('push', decision.kind, `on top of ${nameState(base.state)}`));
  if (!('local' in decision)) {
    const end = { decision, pushed: undefined, error: undefined, kept: undefined };
    const { digest } = await digestOfObject(context, base);
    return { ...end, digest };
  }
  try {
    return await pushDecided(context, base, decision);
  } catch (error) {
    const conflict =
      error instanceof StateError && error.details.reason === 'state_conflict' && error.details;
    const adopted = conflict && adoptInDoubt(base, conflict.current, context.session.lock?.id);
    if (adopted) return await pushForJob(context, adopted, local);
    return await keepAfter(context, base, decision, error);
  }
}

type WithLocal = Extract<PushDecision, { local: LocalState }>;

/** Errors: the error of a refusal, StateErrors `lock_lost` and `state_conflict`, AwsError. */
async function pushDecided(context: PushContext, base: PushBase, decision: WithLocal): Promise<PushEnd> {
  const { backend } = context;
  const end = { decision, error: undefined, kept: undefined };
  if (decision.kind === 'refuse') throw new StateError(decision.details, backend);
  if (decision.kind === 'checkpointed') {
    await confirmCheckpoint(context, base);
    const { etag, checkpoint } = base;
    const isConfirmed = checkpoint?.isConfirmed ?? false;
    const { versionId, conditional = true } = checkpoint ?? {};
    const pushed = { etag, versionId, conditional, isConfirmed, snapshot: base.snapshot };
    return { ...end, pushed, digest: missingDigest(base) };
  }
  const pushed = await push(context, base, decision.local);
  return { ...end, pushed, digest: decision.local.facts.md5 };
}

/** The push failed: checks whether it succeeded anyway, and keeps the state if it does not count as pushed. */
async function keepAfter(
  context: PushContext,
  base: PushBase,
  decision: WithLocal,
  error: unknown,
): Promise<PushEnd> {
  const { deps, backend, session } = context;
  const { local } = decision;
  const { md5 } = local.facts;
  const job = readJob(deps.env);
  const provenance = describeProvenance(job, session, local);
  allowCleanup(deps, backend, 'rescue');
  const committed = await findCommittedPush(backend, local, provenance, error);
  if (committed !== undefined && countsAsPushed(error)) {
    const { etag, versionId } = committed;
    const pushed = { etag, versionId, conditional: true, isConfirmed: false, snapshot: base.snapshot };
    return { decision, pushed, error: undefined, kept: undefined, digest: md5 };
  }
  const failure = describeLoss(error, base, committed !== undefined);
  const kept = await keepState(deps, backend, job, local, provenance, failure);
  const end = { decision, pushed: undefined, kept };
  if (committed !== undefined) return { ...end, error: failure, digest: md5 };
  // After a conflict, the object and its digest are somebody else's.
  if (isConflict(error)) return { ...end, error, digest: undefined };
  const { digest, unsure } = await digestOfObject(context, base);
  return { ...end, error: unsure === undefined ? failure : new AggregateError([failure, unsure]), digest };
}

function isConflict(error: unknown): boolean {
  return error instanceof StateError && error.details.reason === 'state_conflict';
}

/**
 * The digest that the table lacks for the current object: that of a checkpoint whose digest, or whose end, was not
 * confirmed. One read of the object, before the lock is released, shows whether it is that checkpoint.
 */
async function digestOfObject(
  { backend, session }: PushContext,
  base: PushBase,
): Promise<{ readonly digest: string | undefined; readonly unsure: StateError | undefined }> {
  const inDoubt = base.inDoubt.at(-1)?.md5;
  const missing = missingDigest(base);
  if ((inDoubt === undefined && missing === undefined) || backend.table === undefined) {
    return { digest: undefined, unsure: undefined };
  }
  try {
    const lockId = session.lock?.id;
    const current = await lookUpFor(base, backend, lockId);
    const known = adoptInDoubt(base, current, lockId) ?? base;
    const digest = isObjectOfJob(known, current, lockId) ? missingDigest(known) : undefined;
    return { digest, unsure: undefined };
  } catch (cause) {
    if (inDoubt === undefined) return { digest: missing, unsure: undefined };
    const details = {
      reason: 'checkpoint_unsure',
      calculated: inDoubt,
      stored: base.storedDigest,
      cause,
    } as const;
    return { digest: missing, unsure: new StateError(details, backend) };
  }
}

async function push(
  { deps, backend, session, held }: PushContext,
  base: PushBase,
  local: LocalState,
): Promise<PushedState> {
  const { etag: expectedEtag, storedDigest } = base;
  const { copy: path, facts } = local;
  const provenance = describeProvenance(readJob(deps.env), session, local);
  const snapshot = snapshotBefore(session, base);
  const request = { path, facts, provenance, expectedEtag, storedDigest, snapshot };
  const outcome = await pushState(backend, held, request);
  if (outcome.kind === 'stored') {
    const kept = rememberSnapshot(outcome.snapshot, deps.clock.now()) ?? base.snapshot;
    return { ...outcome, isConfirmed: false, snapshot: kept };
  }
  const { current } = outcome;
  throw new StateError({ reason: 'state_conflict', expectedEtag, current }, backend);
}

/** Undefined when this job pushed the object, or a copy of the pulled state exists already. */
function snapshotBefore(session: Session, base: PushBase): SnapshotRequest | undefined {
  const isKept = base.snapshot !== undefined && base.snapshot.problem === undefined;
  if (base.checkpoint !== undefined || isKept) return undefined;
  return describeSnapshot(session, base, join(session.privateDirectory, 'post', 'snapshot'));
}

/** A push that was interrupted, or cut off by the loss of the lock, may have succeeded anyway. */
async function findCommittedPush(
  backend: Backend,
  { copy: path, facts }: LocalState,
  provenance: StateProvenance,
  error: unknown,
): Promise<CurrentObject | undefined> {
  const isCutOff = error instanceof AwsError && error.kind === 'aborted' && error.api === 's3:PutObject';
  if (!isCutOff && !isLockLost(error)) return undefined;
  const key = backend.address.objectKey;
  const request = { key, path, facts, provenance, expectedEtag: undefined };
  // If even this check fails, the push counts as failed, and its error is the one to report.
  return await findCutOffWrite(backend, request).catch(() => undefined);
}
