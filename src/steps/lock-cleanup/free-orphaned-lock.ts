import { AwsError } from '../../aws/errors.ts';
import type { StateAddress } from '../../backend/address.ts';
import type { FreeOutcome } from '../../backend/lock/free-locks.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { type StateLock, stateLock } from '../../backend/lock/state-lock.ts';
import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { Backend, BackendSettings } from '../../backend/settings.ts';
import { mapAtOnce } from '../../backend/survey/map-at-once.ts';
import { connectBackend } from '../../connection/connect-backend.ts';
import { callInTime } from '../../connection/finish-in-time.ts';
import { endCheckpointerProcess } from '../../job-processes/end-checkpointer-process.ts';
import { jobTerraforms } from '../../job-processes/job-terraforms.ts';
import { waitForOthers } from '../../job-processes/running-terraforms.ts';
import { stopTerraforms } from '../../job-processes/stop-terraforms.ts';
import { readRecord, type Sighting } from '../../job-state/checkpoint-record.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { GuardedStates, SavedState } from '../../job-state/saved-state.ts';
import { CodedError } from '../../messages/coded-error.ts';
import { explain } from '../../messages/explain.ts';
import { fileWarningText } from '../../messages/file-warning-text.ts';
import {
  foreignLockLine,
  freeByNowLine,
  freedText,
  nothingLeftLine,
  nothingLeftOfManyLine,
  type StuckReason,
  stuckText,
  takenMeanwhileLine,
  uncheckedText,
} from '../../messages/lock-cleanup-text.ts';
import { listCauses } from '../../messages/to-reason-code.ts';
import type { RunningTerraform } from '../../runner/running-terraform.ts';
import { removePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { findLockedBelow, listNamed, nameGuarded } from './guarded-states.ts';
import { type Claim, findClaim, isThrowaway, whoseLock } from './lock-ownership.ts';
import { findOtherWorkspaces, type OtherWorkspace } from './other-workspaces.ts';
import { restoreHostName } from './own-host-name.ts';

/** A lock that this job may have left, and that still exists. */
export class StuckLock extends CodedError<'lock_not_freed'> {
  override readonly name = 'StuckLock';

  constructor(message: string) {
    super('lock_not_freed', message);
  }
}

/**
 * The post step of `lock: guard`: stops the job's running Terraform processes, then frees what one of them left, on the
 * condition that it is still the same lock. Throws what fails the step: AwsError, or one error for each lock that may
 * be this job's and stays.
 */
export async function freeOrphanedLock(deps: Dependencies, saved: SavedState): Promise<void> {
  const { session } = saved;
  const errors: unknown[] = [];
  const note = (error: unknown) =>
    void (error instanceof AggregateError ? errors.push(...error.errors) : errors.push(error));
  try {
    const seen = await endJob(deps, saved);
    const { guardedStates } = session;
    await (guardedStates === undefined
      ? freeEndedJobsLock(deps, seen, session.backend)
      : freeLocksOfMany(deps, seen, session.backend, guardedStates)
    ).catch(note);
    // A step may have worked in another workspace, in which its Terraform took the lock.
    const others = findOtherWorkspaces(session, deps.env, seen.sightings);
    for (const other of (await others.catch(note)) ?? [])
      await freeInOtherWorkspace(deps, seen, other).catch(note);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 0) throw new AggregateError(errors, 'locks may have been left');
  } finally {
    await restoreHostName(deps, saved.hostNames);
    for (const warning of await removePrivateDirectory(session.privateDirectory))
      deps.runner.warning(fileWarningText(warning));
  }
}

/**
 * The same in another workspace. The role may be for the guarded one alone: then another step guards this one, with its
 * own role.
 */
async function freeInOtherWorkspace(
  deps: Dependencies,
  seen: EndedJob,
  { settings, isSelected }: OtherWorkspace,
): Promise<void> {
  try {
    await freeEndedJobsLock(deps, seen, settings);
  } catch (error) {
    if (isSelected || !(error instanceof AwsError) || error.kind !== 'access_denied') throw error;
    deps.runner.warning(uncheckedText(settings, explain(error, deps.clock.now())));
  }
}

/** What happened to the job's Terraform processes. */
interface EndedJob {
  readonly sightings: readonly Sighting[];
  readonly claim: Claim;
  /** Those that could not be stopped. */
  readonly running: readonly RunningTerraform[];
}

async function endJob(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal' | 'machine' | 'processes'>,
  saved: SavedState,
): Promise<EndedJob> {
  const { session } = saved;
  const { seen, left } = await stopTerraforms(deps, () => jobTerraforms(deps, session));
  const sightings = [...(await endTerraformWatch(deps, saved)), ...seen];
  return {
    sightings,
    claim: findClaim(deps.machine, deps.env, session.startedAt, sightings),
    running: left ?? [],
  };
}

async function freeEndedJobsLock(
  deps: Dependencies,
  { claim, running }: EndedJob,
  settings: BackendSettings,
): Promise<void> {
  const backend = connectBackend(deps, settings);
  const locks = stateLock(backend);
  try {
    if (locks === undefined) return;
    const onNothing = () => deps.runner.info(nothingLeftLine(backend));
    const scene = { deps, backend, locks, claim, running, onNothing };
    await deps.runner.group('Look for an orphaned lock', () => look(scene));
  } finally {
    backend.aws.destroy();
  }
}

/** The number of states checked in parallel, which keeps the waits for other jobs' Terraform from adding up. */
const AT_ONCE = 16;

/** The same for several states. Attempts each one. */
async function freeLocksOfMany(
  deps: Dependencies,
  { claim, running }: EndedJob,
  settings: BackendSettings,
  guarded: GuardedStates,
): Promise<void> {
  const backend = connectBackend(deps, settings);
  const errors: unknown[] = [];
  let without = 0;
  const lookAt = async (address: StateAddress): Promise<void> => {
    const scoped = { ...backend, address };
    const locks = stateLock(scoped);
    if (locks === undefined) return;
    const onNothing = () => {
      without += 1;
    };
    const scene = { deps, backend: scoped, locks, claim, running, onNothing };
    await look(scene).catch((error: unknown) => void errors.push(...listCauses(error)));
  };
  try {
    await deps.runner.group('Look for orphaned locks', async () => {
      const mayBeOurs = (holder: LockHolder) => whoseLock(holder, claim).kind !== 'foreign';
      const below = callInTime(deps, backend, 'release', () => findLockedBelow(backend, guarded, mayBeOurs));
      const found = await below.catch((error: unknown) => {
        errors.push(error);
        return [];
      });
      const named = listNamed(backend, guarded);
      const states = new Map([...named, ...found].map((address) => [address.lockPath, address]));
      await mapAtOnce([...states.values()], AT_ONCE, lookAt);
      if (without === states.size && errors.length === 0) {
        deps.runner.info(nothingLeftOfManyLine(states.size, nameGuarded(backend, guarded)));
      }
    });
  } finally {
    backend.aws.destroy();
  }
  if (errors.length > 0) throw new AggregateError(errors, 'locks may have been left');
}

/** What the process beside the job saw of its Terraform processes. */
async function endTerraformWatch(
  deps: Pick<Dependencies, 'clock' | 'signal' | 'processes'>,
  { checkpointerPid, session: { privateDirectory } }: SavedState,
): Promise<readonly Sighting[]> {
  const pid = checkpointerPid ?? readRecord(privateDirectory)?.pid;
  if (pid === undefined) return [];
  await endCheckpointerProcess(deps, pid, privateDirectory);
  return readRecord(privateDirectory)?.sightings ?? [];
}

interface Scene {
  readonly deps: Dependencies;
  readonly backend: Backend;
  readonly locks: StateLock;
  readonly claim: Claim;
  /** This job's Terraform processes that could not be stopped. */
  readonly running: readonly RunningTerraform[];
  /** Called when the state has no lock. */
  readonly onNothing: () => void;
}

async function look(scene: Scene): Promise<void> {
  const { deps, backend, locks, claim } = scene;
  const { runner } = deps;
  const all = await callInTime(deps, backend, 'release', () => locks.read());
  if (all.length === 0) return scene.onNothing();
  logForeignLock(scene, all);
  let left = all.filter(({ holder }) => whoseLock(holder, claim).kind !== 'foreign');
  if (left.length === 0) return;
  // The lock's Terraform can't be one that was seen after a newer lock was taken.
  const seen = new Set(left.map(({ holder }) => holder.raw));
  const isThere = async (): Promise<boolean> => {
    left = (await callInTime(deps, backend, 'release', () => locks.read())).filter(({ holder }) =>
      seen.has(holder.raw),
    );
    return left.length > 0;
  };
  const end = await waitForOthers(deps, backend.address, isThere);
  if (!end.isThere) return runner.info(freeByNowLine(backend));
  const errors = await freeLeft(scene, left, end.others);
  if (errors.length > 0) throw new AggregateError(errors, 'a lock may have been left');
}

function logForeignLock(
  { deps: { runner, clock }, backend, claim }: Scene,
  found: readonly FoundLock[],
): void {
  for (const { holder } of found) {
    const owner = whoseLock(holder, claim);
    if (owner.kind !== 'foreign') continue;
    runner.info(foreignLockLine(backend, holder, owner.reason, clock.now()));
  }
}

/** Why a lock can't be called this job's own; undefined when it can. */
function findStuckReason(
  { claim, deps, running }: Scene,
  { holder }: FoundLock,
  others: number | undefined,
): StuckReason | undefined {
  if (running.length > 0) return { kind: 'job_still_runs', running };
  if (others === undefined && !isThrowaway(deps.env)) return { kind: 'others_unknown' };
  const owner = whoseLock(holder, claim);
  if (owner.kind !== 'ours') return { kind: 'not_ours', reason: owner.reason, host: deps.machine.host };
  // A GitHub-hosted machine runs only one job.
  return others === undefined || others === 0 ? undefined : { kind: 'others_run' };
}

/** Returns an error for each lock that stays. */
async function freeLeft(
  scene: Scene,
  left: readonly FoundLock[],
  others: number | undefined,
): Promise<Error[]> {
  const { deps, backend, locks } = scene;
  const stuck = left.map((lock) => findStuckReason(scene, lock, others));
  const ours = left.filter((_, i) => stuck[i] === undefined);
  const outcomes = await locks.free(ours, (call) => callInTime(deps, backend, 'release', call));
  const ends = new Map(ours.map((lock, i) => [lock, outcomes[i]]));
  return left.flatMap((lock, i) => {
    const reason = stuck[i] ?? reportFreed(scene, lock, ends.get(lock));
    if (reason === undefined) return [];
    return [new StuckLock(stuckText(backend, lock.holder, reason, deps.clock.now()))];
  });
}

/** Returns why a lock stays that was to be freed. */
function reportFreed(
  { deps: { runner, clock }, backend }: Scene,
  { holder }: FoundLock,
  outcome: FreeOutcome | undefined,
): StuckReason | undefined {
  switch (outcome?.kind) {
    case 'released':
      runner.notice(freedText(backend, holder, clock.now()));
      break;
    case 'gone':
      runner.info(freeByNowLine(backend));
      break;
    case 'taken':
      runner.info(takenMeanwhileLine(backend, outcome.holder, clock.now()));
      break;
    case 'failed':
      return { kind: 'not_freed', error: outcome.error };
  }
  return undefined;
}
