import { join } from 'node:path';
import { heldLock } from '../../backend/lock/held-lock.ts';
import { renewLock } from '../../backend/state/checkpoint.ts';
import { connectBackend } from '../../connection/connect-backend.ts';
import { findStatePath, jobTerraforms } from '../../job-processes/job-terraforms.ts';
import { keepWatch, type Round } from '../../job-processes/keep-watch.ts';
import { watchdog } from '../../job-processes/watchdog.ts';
import { type CheckpointerEnd, checkpointerFolder, keepRecord } from '../../job-state/checkpoint-record.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { readSavedState, type SavedState, type Session } from '../../job-state/saved-state.ts';
import { CHECKPOINTS_ENDED } from '../../messages/checkpointer-text.ts';
import { explain } from '../../messages/explain.ts';
import { movingFile } from '../../workspace-files/snapshot.ts';
import type { Checkpointer, WatchedState } from './checkpointer-context.ts';
import { createCheckpointerLog } from './checkpointer-log.ts';
import { makeLastCheckpoint } from './last-checkpoint.ts';
import { pushCheckpoint } from './push-checkpoint.ts';
import { watchTerraforms } from './watch-terraforms.ts';

// A lost runner is noticed within this time.
const LONGEST_ROUND_MS = 60_000;

/**
 * The checkpointer, a process beside the job: pushes the job's state whenever it has changed, to limit what a killed
 * runner loses, and renews the lock's heartbeat. Post stops it. If post never comes, it ends by itself after the job's
 * last Terraform, and leaves the lock. `workerPid`: of the runner's worker.
 */
export async function runCheckpointer(outer: Dependencies, workerPid: number | undefined): Promise<void> {
  const saved = readSavedState(outer.env);
  if (saved === undefined) return;
  if (saved.session.mode === 'guard') return await watchTerraforms(outer, saved.session, workerPid);
  const record = keepRecord(saved.session.privateDirectory, process.pid);
  // What fails until then is done again in the next round, with the content of that time.
  const tryForMs = limitRound(saved.session);
  const deps = { ...outer, tryForMs, runner: createCheckpointerLog(record, outer.clock.now) };
  const backend = connectBackend(deps, saved.session.backend);
  try {
    const { lock } = saved.session;
    if (lock === undefined) return;
    const heartbeatState = { beats: 0, lastAt: deps.clock.monotonic() };
    const job = watchedState(saved);
    const held = heldLock(backend, lock);
    await watchOver(
      { deps, backend, session: saved.session, lock, held, job, record, heartbeatState },
      workerPid,
    );
  } catch (error) {
    deps.runner.warning(explain(error, deps.clock.now()));
  } finally {
    backend.aws.destroy();
  }
}

/** Undefined when there is nothing to push. */
function watchedState({ session, pulled }: SavedState): WatchedState | undefined {
  if (pulled === undefined || !session.pull || session.push === 'never') return undefined;
  const copyPath = join(checkpointerFolder(session.privateDirectory), 'snapshot');
  // A successor that took the lock from this job has its own file at the shared path.
  const file = movingFile(() => findStatePath(session));
  return { pulled, file, copyPath, decided: undefined };
}

async function watchOver(checkpointer: Checkpointer, workerPid: number | undefined): Promise<void> {
  const { deps, record, job } = checkpointer;
  const end = (await keepWatch(deps.clock, deps.signal, listRounds(checkpointer, workerPid))) ?? 'asked';
  if (job !== undefined && end !== 'asked' && end !== 'files_gone')
    await makeLastCheckpoint(checkpointer, job);
  if (end !== 'files_gone') record.update({ end });
}

function listRounds(checkpointer: Checkpointer, workerPid: number | undefined): Round<CheckpointerEnd>[] {
  const { deps, session, backend, job } = checkpointer;
  const { privateDirectory, checkpointMs, startedAt } = session;
  const { now } = deps.clock;
  const { isAlive } = deps.processes;
  const isTerraformAlive = async (): Promise<boolean> =>
    ((await jobTerraforms(deps, session)) ?? []).length > 0;
  const whyEnd = watchdog({ workerPid, privateDirectory, startedAt, now, isAlive, isTerraformAlive });
  const roundMs = limitRound(session);
  const rounds = [{ everyMs: roundMs, work: whyEnd }];
  if (backend.table !== undefined) rounds.push({ everyMs: roundMs, work: () => beat(checkpointer, roundMs) });
  if (job !== undefined) rounds.push({ everyMs: checkpointMs, work: () => lookForChange(checkpointer, job) });
  return rounds;
}

function limitRound({ checkpointMs }: Session): number {
  return Math.min(checkpointMs, LONGEST_ROUND_MS);
}

/** A checkpoint that was just made has already renewed the lock. */
async function beat(checkpointer: Checkpointer, everyMs: number): Promise<CheckpointerEnd | undefined> {
  const { deps, backend, lock, held, heartbeatState } = checkpointer;
  const { table } = backend;
  if (table === undefined || deps.clock.monotonic() - heartbeatState.lastAt < everyMs / 2) return undefined;
  return await orLog(checkpointer, async () => {
    heartbeatState.beats += 1;
    const isHeld = await renewLock(backend, { table, lock, beats: heartbeatState.beats });
    heartbeatState.lastAt = deps.clock.monotonic();
    // With a state to push, the next checkpoint clears the error of a checkpoint.
    if (checkpointer.job === undefined) clearError(checkpointer);
    if (isHeld) return undefined;
    // A checkpoint that is being pushed ends with it.
    held.markLost(undefined);
    return 'lock_lost';
  });
}

async function lookForChange(
  checkpointer: Checkpointer,
  job: WatchedState,
): Promise<CheckpointerEnd | undefined> {
  return await orLog(checkpointer, async () => {
    const before = checkpointer.record.current.isConflict;
    const outcome = await pushCheckpoint(checkpointer, job);
    clearError(checkpointer);
    if (outcome === 'conflict' && !before) {
      checkpointer.deps.runner.warning(CHECKPOINTS_ENDED);
    }
    return outcome === 'lock_lost' ? 'lock_lost' : undefined;
  });
}

function clearError({ record }: Checkpointer): void {
  if (record.current.lastError !== undefined) record.update({ lastError: undefined });
}

/** What fails is tried again in the next round. Only the message is kept. */
async function orLog(
  { deps, record }: Checkpointer,
  work: () => Promise<CheckpointerEnd | undefined>,
): Promise<CheckpointerEnd | undefined> {
  try {
    return await work();
  } catch (error) {
    if (deps.signal.aborted) return undefined;
    deps.runner.warning(explain(error, deps.clock.now()));
    record.noteError();
    return undefined;
  }
}
