import { join } from 'node:path';
import { renewLock } from '../../backend/checkpoint.ts';
import type { Dependencies } from '../dependencies.ts';
import { statePathFor } from '../files/working-directory.ts';
import { readSavedState, type SavedState } from '../saved-state.ts';
import { connectBackend } from '../session.ts';
import { explain } from '../words/explain.ts';
import type { Guard, WatchedState } from './guard.ts';
import { guardLog } from './guard-log.ts';
import { type GuardEnd, guardFolder, keepRecord } from './guard-record.ts';
import { keepWatch, type Round } from './keep-watch.ts';
import { makeLastCheckpoint } from './last-checkpoint.ts';
import { pushCheckpoint } from './push-checkpoint.ts';
import { watchedFile } from './snapshot.ts';
import { whyEnd } from './watchdog.ts';

// A lost runner is noticed within this.
const LONGEST_ROUND_MS = 60_000;

/**
 * The guard, a process beside the job: pushes the job's state whenever that has changed, so that a killed runner
 * loses little, and renews the lock's heartbeat. Post ends it; where post never comes, it ends by itself and leaves
 * the lock, since processes of the job may live on. `workerPid`: of the runner's worker.
 */
export async function guardState(outer: Dependencies, workerPid: number | undefined): Promise<void> {
  const saved = readSavedState(outer.env);
  if (saved === undefined) return;
  const record = keepRecord(saved.session.privateDirectory, process.pid);
  const deps = { ...outer, runner: guardLog(record, outer.clock.now) };
  const backend = connectBackend(deps, saved.session.backend);
  try {
    const { lock } = saved.session;
    if (lock === undefined) return;
    const pulse = { beats: 0, lastAt: deps.clock.monotonic() };
    const job = watchedState(saved);
    await watchOver({ deps, backend, session: saved.session, lock, job, record, pulse }, workerPid);
  } catch (error) {
    deps.runner.warning(explain(error, deps.clock.now()));
  } finally {
    backend.aws.destroy();
  }
}

/** Undefined where there is nothing to push. */
function watchedState({ session, pulled }: SavedState): WatchedState | undefined {
  if (pulled === undefined || !session.pull || session.push === 'never') return undefined;
  const { privateDirectory, backend } = session;
  const path = statePathFor(privateDirectory, backend.address.workspace);
  const copyPath = join(guardFolder(privateDirectory), 'snapshot');
  return { pulled, file: watchedFile(path), copyPath, judged: undefined };
}

async function watchOver(guard: Guard, workerPid: number | undefined): Promise<void> {
  const { deps, record, job } = guard;
  const end = (await keepWatch(deps.clock, deps.signal, roundsOf(guard, workerPid))) ?? 'asked';
  if (job !== undefined && end !== 'asked' && end !== 'files_gone') await makeLastCheckpoint(guard, job);
  if (end !== 'files_gone') record.update({ end });
}

function roundsOf(guard: Guard, workerPid: number | undefined): Round<GuardEnd>[] {
  const { deps, session, backend, job } = guard;
  const { privateDirectory, checkpointMs, startedAt } = session;
  const { now } = deps.clock;
  const { isAlive } = deps.processes;
  const view = { workerPid, privateDirectory, startedAt, now, isAlive };
  const roundMs = Math.min(checkpointMs, LONGEST_ROUND_MS);
  const rounds = [{ everyMs: roundMs, work: () => whyEnd(view) }];
  if (backend.table !== undefined) rounds.push({ everyMs: roundMs, work: () => beat(guard, roundMs) });
  if (job !== undefined) rounds.push({ everyMs: checkpointMs, work: () => lookForChange(guard, job) });
  return rounds;
}

/** A checkpoint that was just made has renewed the lock already. */
async function beat(guard: Guard, everyMs: number): Promise<GuardEnd | undefined> {
  const { deps, backend, lock, pulse } = guard;
  const { table } = backend;
  if (table === undefined || deps.clock.monotonic() - pulse.lastAt < everyMs / 2) return undefined;
  return await orLog(guard, async () => {
    pulse.beats += 1;
    const isHeld = await renewLock(backend, { table, lock, beats: pulse.beats });
    pulse.lastAt = deps.clock.monotonic();
    // With a state to push the next checkpoint clears what a checkpoint noted.
    if (guard.job === undefined) clearError(guard);
    return isHeld ? undefined : 'lock_lost';
  });
}

async function lookForChange(guard: Guard, job: WatchedState): Promise<GuardEnd | undefined> {
  return await orLog(guard, async () => {
    const before = guard.record.current.isConflict;
    const outcome = await pushCheckpoint(guard, job);
    clearError(guard);
    if (outcome === 'conflict' && !before) {
      guard.deps.runner.warning('Somebody else changed the state: no checkpoint is pushed any more.');
    }
    return outcome === 'lock_lost' ? 'lock_lost' : undefined;
  });
}

function clearError({ record }: Guard): void {
  if (record.current.lastError !== undefined) record.update({ lastError: undefined });
}

/** What fails is tried again at the next round; only the words are kept. */
async function orLog(
  { deps, record }: Guard,
  work: () => Promise<GuardEnd | undefined>,
): Promise<GuardEnd | undefined> {
  try {
    return await work();
  } catch (error) {
    if (deps.signal.aborted) return undefined;
    deps.runner.warning(explain(error, deps.clock.now()));
    record.noteError();
    return undefined;
  }
}
