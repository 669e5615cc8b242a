import { AwsError } from '../../aws/errors.ts';
import { StateError } from '../../backend/faults.ts';
import { lockTable } from '../../backend/lock-table.ts';
import type { StateProvenance } from '../../backend/provenance.ts';
import type { Backend } from '../../backend/settings.ts';
import { findCutOffWrite, storeFile } from '../../backend/state-object.ts';
import { type Job, readJob } from '../../runner/job.ts';
import type { Dependencies } from '../dependencies.ts';
import type { PulledFacts, Session } from '../saved-state.ts';
import { allowLastWords } from '../session.ts';
import { keepState } from './keep-state.ts';
import { decidePushForJob, type LocalState, type PushDecision } from './push-decision.ts';

/** A state that is in S3 now. `conditional` is false when the store knows no conditional writes. */
export interface PushedState {
  readonly versionId: string | undefined;
  readonly conditional: boolean;
}

/** What became of the job's state. `kept` says where a state that was not pushed is; then the local files stay. */
export interface PushEnd {
  readonly decision: PushDecision;
  readonly pushed: PushedState | undefined;
  readonly error: unknown;
  readonly kept: string | undefined;
}

/**
 * Pushes the job's state if the job changed it. A state that should be pushed and can't be is kept.
 * Throws nothing: what fails is in `error` (StateError, AwsError).
 */
export async function pushForJob(
  deps: Dependencies,
  backend: Backend,
  session: Session,
  pulled: PulledFacts,
  local: LocalState | undefined,
): Promise<PushEnd> {
  const decision = decidePushForJob(session, pulled, local);
  const end = { decision, pushed: undefined, error: undefined, kept: undefined };
  if (decision.kind !== 'push' && decision.kind !== 'refuse') return end;
  const job = readJob(deps.env);
  const provenance = provenanceOf(job, session, decision.local);
  try {
    if (decision.kind === 'refuse') throw new StateError(decision.fault, backend);
    return { ...end, pushed: await push(backend, session, pulled, decision.local, provenance) };
  } catch (error) {
    allowLastWords(deps, backend, 'rescue');
    const landed = await findLanded(backend, decision.local, provenance, error);
    if (landed !== undefined) return { ...end, pushed: landed };
    const kept = await keepState(deps, backend, job, decision.local, provenance, error);
    return { ...end, error, kept };
  }
}

/** A compare-and-swap (design 6): the lock is read back first, and the object must be as it was pulled. */
async function push(
  backend: Backend,
  session: Session,
  pulled: PulledFacts,
  { path, facts }: LocalState,
  provenance: StateProvenance,
): Promise<PushedState> {
  const { aws, address, table } = backend;
  if (table !== undefined && session.lock !== undefined) {
    const holder = await lockTable(aws, table, address.lockId).read();
    if (holder?.raw !== session.lock.info) throw new StateError({ reason: 'lock_lost', holder }, backend);
  }
  const expectedEtag = pulled.etag;
  const outcome = await storeFile(backend, { key: address.objectKey, path, facts, provenance, expectedEtag });
  if (outcome.kind === 'stored') return { versionId: outcome.versionId, conditional: outcome.conditional };
  const { current } = outcome;
  throw new StateError({ reason: 'state_conflict', expectedEtag, current }, backend);
}

/** A push that an interrupt cut off may have gone through: then the digest is still to be written for it. */
async function findLanded(
  backend: Backend,
  { path, facts }: LocalState,
  provenance: StateProvenance,
  error: unknown,
): Promise<PushedState | undefined> {
  if (!(error instanceof AwsError) || error.kind !== 'aborted' || error.api !== 's3:PutObject')
    return undefined;
  const key = backend.address.objectKey;
  const request = { key, path, facts, provenance, expectedEtag: undefined };
  // When even the look fails, the push counts as failed, and its error is the one to tell.
  const object = await findCutOffWrite(backend, request).catch(() => undefined);
  return object && { versionId: object.versionId, conditional: true };
}

/** What the object's metadata will say of who wrote it. */
export function provenanceOf(job: Job, session: Session, { facts }: LocalState): StateProvenance {
  return { run: job.runUrl, actor: job.actor, lockId: session.lock?.id ?? '', md5: facts.md5 };
}
