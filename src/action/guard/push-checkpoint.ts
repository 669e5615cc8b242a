import { settleCheckpoint } from '../../backend/checkpoint.ts';
import { stateLock } from '../../backend/state-lock.ts';
import { type StoreRequest, storeFile } from '../../backend/state-object.ts';
import { readJob } from '../../runner/job.ts';
import type { PushSide } from '../../statefile/push-rules.ts';
import { provenanceOf } from '../release/push-for-job.ts';
import { decideCheckpoint } from './decide-checkpoint.ts';
import { baseOf, type Guard, type WatchedState } from './guard.ts';
import { findUnseen, type Landed } from './guard-record.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

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
export async function pushCheckpoint(guard: Guard, job: WatchedState): Promise<CheckpointOutcome> {
  if (guard.record.current.isConflict) return 'conflict';
  if (!(await writeDigest(guard))) return 'lock_lost';
  const snapshot = await takeSnapshot(job.file, job.copyPath, job.judged);
  if (snapshot === undefined) return 'up_to_date';
  const state = decideCheckpoint(baseOf(guard, job).state, snapshot.facts);
  if (state === undefined) {
    const isWhole = snapshot.facts.inspection.kind === 'state';
    if (isWhole) job.judged = snapshot.mark;
    return isWhole ? 'up_to_date' : 'retry';
  }
  if (!(await snapshot.isStill())) return 'retry';
  return await push(guard, job, snapshot, state);
}

async function push(
  guard: Guard,
  job: WatchedState,
  snapshot: Snapshot,
  state: PushSide,
): Promise<CheckpointOutcome> {
  const { backend, lock, record } = guard;
  const instead = await stateLock(backend)?.heldInstead(lock.info);
  if (instead !== undefined) return 'lock_lost';
  // Before the PUT: post must know of it even when this process does not live to see its end.
  const others = record.current.unseen.filter(({ md5 }) => md5 !== state.md5);
  record.update({ unseen: [...others, state] });
  const outcome = await storeFile(backend, requestOf(guard, job, snapshot));
  if (outcome.kind === 'stored') {
    land(guard, job, state, outcome);
    job.judged = snapshot.mark;
    return (await writeDigest(guard)) ? 'up_to_date' : 'lock_lost';
  }
  const earlier = findUnseen(record.current.unseen, outcome.current, lock.id);
  if (earlier === undefined || outcome.current === undefined) {
    record.update({ unseen: [], isConflict: true });
    return 'conflict';
  }
  land(guard, job, earlier, outcome.current);
  return (await writeDigest(guard)) ? 'retry' : 'lock_lost';
}

function requestOf({ deps, backend, session, record }: Guard, job: WatchedState, snapshot: Snapshot) {
  const copy = { path: job.copyPath, facts: snapshot.facts };
  const { etag, storedDigest } = baseOf({ record }, job);
  const request: StoreRequest = {
    ...copy,
    key: backend.address.objectKey,
    provenance: provenanceOf(readJob(deps.env), session, copy, storedDigest),
    expectedEtag: etag,
  };
  return request;
}

function land(
  guard: Guard,
  job: WatchedState,
  state: PushSide,
  { etag, versionId }: Pick<Landed, 'etag' | 'versionId'>,
): void {
  const { record, backend } = guard;
  const { storedDigest } = baseOf(guard, job);
  const isDigestWritten = backend.table === undefined;
  record.update({
    unseen: [],
    landed: { state, etag, versionId, storedDigest, isDigestWritten },
    checkpoints: record.current.checkpoints + 1,
  });
}

/**
 * Writes the digest of the last checkpoint unless it is written, and renews the lock with it. False: the lock is
 * lost.
 */
async function writeDigest({ deps, backend, lock, record, pulse }: Guard): Promise<boolean> {
  const { landed } = record.current;
  const { table } = backend;
  if (landed === undefined || landed.isDigestWritten || table === undefined) return true;
  const { md5 } = landed.state;
  pulse.beats += 1;
  const beat = { table, lock, beats: pulse.beats };
  const { digestError, isHeld } = await settleCheckpoint(backend, beat, {
    md5,
    previousMd5: landed.storedDigest,
  });
  pulse.lastAt = deps.clock.monotonic();
  if (digestError === undefined) {
    record.update({ landed: { ...landed, storedDigest: md5, isDigestWritten: true } });
  } else if (isHeld) {
    throw digestError;
  }
  return isHeld;
}
