import { serializeLockInfo } from '../../backend/records/lock-info.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { newLock } from '../../job-state/new-lock.ts';
import { directoryOwner } from '../../job-state/preparation.ts';
import { type Session, STATE_KEYS } from '../../job-state/saved-state.ts';
import { serializeState } from '../../job-state/serialize-state.ts';
import { ownDirectoryText } from '../../messages/pull-text.ts';
import { keepCompiledCode } from '../../runner/compile-cache.ts';
import type { Job } from '../../runner/job.ts';
import { claimWithoutLock } from '../../workspace-files/claim-state-directory.ts';
import { hashErroredState } from '../../workspace-files/errored-state.ts';
import { makePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { stateDirectoryFor } from '../../workspace-files/state-directory.ts';
import type { JobInputs } from './job-inputs.ts';

// Whoever finds the lock must watch it for three of these before it can be called stale.
const LONGEST_HEARTBEAT_MS = 60_000;

/** Decides what post will need and saves it, before anything outside of this runner is changed. */
export async function openSession(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'machine'>,
  job: Job,
  inputs: JobInputs,
): Promise<Session> {
  const { address, table, useLockfile } = inputs.backend;
  const startedAt = deps.clock.now();
  const lock = newLock(address, job, deps.machine, startedAt);
  const isLocked = inputs.lockMode === 'hold' && (table !== undefined || useLockfile);
  const heartbeatMs =
    inputs.checkpointMs === 0 ? undefined : Math.min(inputs.checkpointMs, LONGEST_HEARTBEAT_MS);
  const privateDirectory = await makePrivateDirectory(job);
  // S3's part, which main loads while it waits. The checkpointer compiles the rest.
  keepCompiledCode(privateDirectory);
  const session: Session = {
    backend: inputs.backend,
    mode: inputs.lockMode,
    pull: inputs.pull,
    push: inputs.push,
    publishOutputs: inputs.publishOutputs,
    snapshot: inputs.snapshot,
    checkpointMs: inputs.checkpointMs,
    startedAt,
    privateDirectory,
    stateDirectory: stateDirectoryFor(inputs.backend),
    workingDirectory: inputs.workingDirectory,
    erroredBefore:
      inputs.workingDirectory === undefined ? undefined : await hashErroredState(inputs.workingDirectory),
    // None of several states is the module's.
    module: inputs.guardedStates === undefined ? inputs.module : undefined,
    paths: inputs.guardedStates === undefined ? inputs.paths : undefined,
    guardedStates: inputs.guardedStates,
    lock: isLocked ? { id: lock.id, info: serializeLockInfo(lock), heartbeatMs } : undefined,
  };
  deps.runner.saveState(STATE_KEYS.session, serializeState(session));
  return session.pull && session.lock === undefined ? await openWithoutLock(deps, job, session) : session;
}

/** A job without a lock takes the shared directory only if no other job of this machine has it. */
async function openWithoutLock(
  deps: Pick<Dependencies, 'runner'>,
  job: Job,
  session: Session,
): Promise<Session> {
  const { stateDirectory: shared } = session;
  const stateDirectory = await claimWithoutLock(shared, directoryOwner(session, job));
  if (stateDirectory === shared) return session;
  deps.runner.notice(ownDirectoryText(stateDirectory));
  const own = { ...session, stateDirectory };
  deps.runner.saveState(STATE_KEYS.session, serializeState(own));
  return own;
}
