import { join } from 'node:path';
import { findLostWrite, isLockLost } from '../../backend/lock/held-lock.ts';
import { commitCheckpoint } from '../../backend/state/checkpoint.ts';
import type { SnapshotRequest } from '../../backend/state/keep-snapshot.ts';
import { type PushRequest, pushState } from '../../backend/state/push-state.ts';
import {
  type CommittedCheckpoint,
  checkpointerFolder,
  findInDoubt,
  MAX_COMMIT_TIMES,
  type RecordKeeper,
} from '../../job-state/checkpoint-record.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import { describeSnapshot } from '../../job-state/describe-snapshot.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { rememberSnapshot } from '../../messages/remember-snapshot.ts';
import { readJob } from '../../runner/job.ts';
import { letOptimizerIn } from '../../runner/memory.ts';
import type { PushSide } from '../../statefile/push-rules.ts';
import { type Snapshot, takeSnapshot } from '../../workspace-files/snapshot.ts';
import { type Checkpointer, checkpointBase, type WatchedState } from './checkpointer-context.ts';
import { decideCheckpoint } from './decide-checkpoint.ts';

/**
 * `up_to_date`: nothing more to push now. `retry`: the next round may find more. `conflict`: somebody else changed the
 * object, so nothing is ever pushed again.
 */
export type CheckpointOutcome = 'up_to_date' | 'retry' | 'conflict' | 'lock_lost';

/**
 * Pushes the job's state if it is complete and newer than the last one, by post's rules: the lock must be ours, the
 * object unchanged, and the digest comes afterwards. Errors: AwsError, and those of the disk. The next round tries
 * again.
 */
export async function pushCheckpoint(
  checkpointer: Checkpointer,
  job: WatchedState,
): Promise<CheckpointOutcome> {
  if (checkpointer.record.current.isConflict) return 'conflict';
  try {
    return await pushNewer(checkpointer, job);
  } catch (error) {
    if (isLockLost(error)) return 'lock_lost';
    throw error;
  }
}

async function pushNewer(checkpointer: Checkpointer, job: WatchedState): Promise<CheckpointOutcome> {
  await commit(checkpointer);
  const snapshot = await takeSnapshot(job.file, job.copyPath, job.decided);
  if (snapshot === undefined) return 'up_to_date';
  const state = decideCheckpoint(checkpointBase(checkpointer, job).state, snapshot.facts);
  if (state === undefined) {
    const isWhole = snapshot.facts.inspection.kind === 'state';
    if (isWhole) job.decided = snapshot.mark;
    return isWhole ? 'up_to_date' : 'retry';
  }
  if (!(await snapshot.isStill())) return 'retry';
  return await push(checkpointer, job, snapshot, state);
}

async function push(
  checkpointer: Checkpointer,
  job: WatchedState,
  snapshot: Snapshot,
  state: PushSide,
): Promise<CheckpointOutcome> {
  const { backend, held, lock, record } = checkpointer;
  const { inDoubt } = record.current;
  // S3's part is loaded now, as main compiled it.
  letOptimizerIn();
  // Before the PUT, because post must know about it even if this process ends first.
  const others = inDoubt.filter(({ md5 }) => md5 !== state.md5);
  record.update({ inDoubt: [...others, state] });
  const request = buildPutRequest(checkpointer, job, snapshot);
  const outcome = await pushState(backend, held, request).catch((error: unknown) => {
    if (findLostWrite(error) === 'not_sent') record.update({ inDoubt });
    throw error;
  });
  const kept = rememberSnapshot(outcome.snapshot, checkpointer.deps.clock.now());
  if (kept !== undefined) record.update({ snapshot: kept });
  if (outcome.kind === 'stored') {
    storeCheckpoint(checkpointer, job, state, outcome);
    job.decided = snapshot.mark;
    await commit(checkpointer);
    return 'up_to_date';
  }
  const earlier = findInDoubt(record.current.inDoubt, outcome.current, lock.id);
  if (earlier === undefined || outcome.current === undefined) {
    record.update({ inDoubt: [], isConflict: true });
    return 'conflict';
  }
  storeCheckpoint(checkpointer, job, earlier, { ...outcome.current, conditional: true });
  await commit(checkpointer);
  return 'retry';
}

function buildPutRequest(
  { deps, session, record }: Checkpointer,
  job: WatchedState,
  snapshot: Snapshot,
): PushRequest {
  const copy = { path: job.copyPath, facts: snapshot.facts };
  const { etag, storedDigest } = checkpointBase({ record }, job);
  const provenance = describeProvenance(readJob(deps.env), session, copy);
  const before = snapshotBefore(session, record, job);
  return { ...copy, provenance, expectedEtag: etag, storedDigest, snapshot: before };
}

/** Undefined when this job pushed the object, or a copy of the pulled state exists already. */
function snapshotBefore(
  session: Session,
  { current }: RecordKeeper,
  { pulled }: WatchedState,
): SnapshotRequest | undefined {
  const isKept = current.snapshot !== undefined && current.snapshot.problem === undefined;
  if (current.committed !== undefined || isKept) return undefined;
  return describeSnapshot(session, pulled, join(checkpointerFolder(session.privateDirectory), 'before'));
}

function storeCheckpoint(
  checkpointer: Checkpointer,
  job: WatchedState,
  state: PushSide,
  { etag, versionId, conditional }: Pick<CommittedCheckpoint, 'etag' | 'versionId' | 'conditional'>,
): void {
  const { record, backend, deps } = checkpointer;
  const { storedDigest } = checkpointBase(checkpointer, job);
  const isDigestWritten = backend.table === undefined;
  record.update({
    inDoubt: [],
    committed: { state, etag, versionId, conditional, storedDigest, isDigestWritten, isConfirmed: false },
    checkpoints: record.current.checkpoints + 1,
    committedAt: [...record.current.committedAt, deps.clock.now()].slice(-MAX_COMMIT_TIMES),
  });
}

/**
 * Writes the digest of the last checkpoint unless it is written, and renews the lock with it. A checkpoint counts as
 * confirmed once something succeeded under the lock after it. Errors: StateError `lock_lost`, AwsError.
 */
async function commit(checkpointer: Checkpointer): Promise<void> {
  const { backend, held, record } = checkpointer;
  const { committed } = record.current;
  if (committed === undefined || (committed.isDigestWritten && committed.isConfirmed)) return;
  if (backend.table !== undefined) return await commitDigest(checkpointer, committed, backend.table);
  await held.verify();
  record.update({ committed: { ...committed, isConfirmed: true } });
}

async function commitDigest(
  { deps, backend, lock, held, record, heartbeatState }: Checkpointer,
  committed: CommittedCheckpoint,
  table: string,
): Promise<void> {
  const { md5 } = committed.state;
  heartbeatState.beats += 1;
  const beat = { table, lock, beats: heartbeatState.beats };
  const { digest, isHeld } = await commitCheckpoint(backend, beat, {
    md5,
    previousMd5: committed.storedDigest,
  });
  heartbeatState.lastAt = deps.clock.monotonic();
  const isDigestWritten = digest.kind === 'written' || digest.kind === 'was_there';
  const storedDigest = isDigestWritten ? md5 : committed.storedDigest;
  record.update({ committed: { ...committed, storedDigest, isDigestWritten, isConfirmed: isHeld } });
  if (!isHeld) held.markLost(undefined);
  held.lost.throwIfAborted();
  if (digest.kind === 'failed') throw digest.error;
}
