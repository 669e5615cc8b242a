import { commitCheckpoint } from '../../backend/lock/checkpoint.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import { type StoreRequest, storeFile } from '../../backend/state/state-object.ts';
import { type CommittedCheckpoint, findInDoubt } from '../../job-state/checkpoint-record.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import { readJob } from '../../runner/job.ts';
import type { PushSide } from '../../statefile/push-rules.ts';
import { type Snapshot, takeSnapshot } from '../../workspace-files/snapshot.ts';
import { type Checkpointer, checkpointBase, type WatchedState } from './checkpointer-context.ts';
import { decideCheckpoint } from './decide-checkpoint.ts';

/**
 * `up_to_date`: there is nothing more to push now. `retry`: the next look may find more. `conflict`: somebody else
 * changed the object, and nothing is ever pushed again.
 */
export type CheckpointOutcome = 'up_to_date' | 'retry' | 'conflict' | 'lock_lost';

/**
 * Pushes the job's state if it is whole and newer than the last one, under the rules of post: the lock still ours,
 * the object unchanged since, the digest after it. Errors: AwsError, and what the disk says; the next look tries
 * again.
 */
export async function pushCheckpoint(
  checkpointer: Checkpointer,
  job: WatchedState,
): Promise<CheckpointOutcome> {
  if (checkpointer.record.current.isConflict) return 'conflict';
  if (!(await writeDigest(checkpointer))) return 'lock_lost';
  const snapshot = await takeSnapshot(job.file, job.copyPath, job.judged);
  if (snapshot === undefined) return 'up_to_date';
  const state = decideCheckpoint(checkpointBase(checkpointer, job).state, snapshot.facts);
  if (state === undefined) {
    const isWhole = snapshot.facts.inspection.kind === 'state';
    if (isWhole) job.judged = snapshot.mark;
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
  const { backend, lock, record } = checkpointer;
  const instead = await stateLock(backend)?.findOtherHolder(lock.info);
  if (instead !== undefined) return 'lock_lost';
  // Before the PUT: post must know of it even when this process does not live to see its end.
  const others = record.current.inDoubt.filter(({ md5 }) => md5 !== state.md5);
  record.update({ inDoubt: [...others, state] });
  const outcome = await storeFile(backend, buildPutRequest(checkpointer, job, snapshot));
  if (outcome.kind === 'stored') {
    land(checkpointer, job, state, outcome);
    job.judged = snapshot.mark;
    return (await writeDigest(checkpointer)) ? 'up_to_date' : 'lock_lost';
  }
  const earlier = findInDoubt(record.current.inDoubt, outcome.current, lock.id);
  if (earlier === undefined || outcome.current === undefined) {
    record.update({ inDoubt: [], isConflict: true });
    return 'conflict';
  }
  land(checkpointer, job, earlier, outcome.current);
  return (await writeDigest(checkpointer)) ? 'retry' : 'lock_lost';
}

function buildPutRequest(
  { deps, backend, session, record }: Checkpointer,
  job: WatchedState,
  snapshot: Snapshot,
) {
  const copy = { path: job.copyPath, facts: snapshot.facts };
  const { etag, storedDigest } = checkpointBase({ record }, job);
  const request: StoreRequest = {
    ...copy,
    key: backend.address.objectKey,
    provenance: describeProvenance(readJob(deps.env), session, copy, storedDigest),
    expectedEtag: etag,
  };
  return request;
}

function land(
  checkpointer: Checkpointer,
  job: WatchedState,
  state: PushSide,
  { etag, versionId }: Pick<CommittedCheckpoint, 'etag' | 'versionId'>,
): void {
  const { record, backend } = checkpointer;
  const { storedDigest } = checkpointBase(checkpointer, job);
  const isDigestWritten = backend.table === undefined;
  record.update({
    inDoubt: [],
    committed: { state, etag, versionId, storedDigest, isDigestWritten },
    checkpoints: record.current.checkpoints + 1,
  });
}

/**
 * Writes the digest of the last checkpoint unless it is written, and renews the lock with it. False: the lock is
 * lost.
 */
async function writeDigest({ deps, backend, lock, record, heartbeatState }: Checkpointer): Promise<boolean> {
  const { committed } = record.current;
  const { table } = backend;
  if (committed === undefined || committed.isDigestWritten || table === undefined) return true;
  const { md5 } = committed.state;
  heartbeatState.beats += 1;
  const beat = { table, lock, beats: heartbeatState.beats };
  const { digestError, isHeld } = await commitCheckpoint(backend, beat, {
    md5,
    previousMd5: committed.storedDigest,
  });
  heartbeatState.lastAt = deps.clock.monotonic();
  if (digestError === undefined) {
    record.update({ committed: { ...committed, storedDigest: md5, isDigestWritten: true } });
  } else if (isHeld) {
    throw digestError;
  }
  return isHeld;
}
