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
import type { GuardedStates, SavedState, Session } from '../../job-state/saved-state.ts';
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
import type { Runner } from '../../runner/runner.ts';
import type { RunningTerraform } from '../../runner/running-terraform.ts';
import { removePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { findLockedBelow, listNamed, nameGuarded, PREFIXES_AT_ONCE } from './guarded-states.ts';
import { type Claim, findClaim, isThrowaway, whoseLock } from './lock-ownership.ts';
import { findOtherWorkspaces, type OtherWorkspace } from './other-workspaces.ts';
import { restoreHostName } from './own-host-name.ts';
import { workInOrder } from './work-in-order.ts';

/** The number of states checked in parallel, which keeps the waits for other jobs' Terraform from adding up. */
const AT_ONCE = 16;

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
  try {
    const seen = await endJob(deps, saved);
    const { guardedStates } = session;
    const ends =
      guardedStates === undefined
        ? await freeInWorkspaces(deps, seen, session)
        : await freeLocksOfMany(deps, seen, session.backend, guardedStates);
    const errors = ends.flatMap(listCauses);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 0) throw new AggregateError(errors, 'locks may have been left');
  } finally {
    await restoreHostName(deps, saved.hostNames);
    for (const warning of await removePrivateDirectory(session.privateDirectory))
      deps.runner.warning(fileWarningText(warning));
  }
}

/**
 * In each workspace in which a Terraform of the job may have taken the lock: a step may have worked in another one than
 * main. Returns the errors.
 */
async function freeInWorkspaces(deps: Dependencies, seen: EndedJob, session: Session): Promise<unknown[]> {
  const unread: unknown[] = [];
  const others = await findOtherWorkspaces(session, deps.env, seen.sightings).catch((error: unknown) => {
    unread.push(error);
    return [];
  });
  const workspaces = [{ settings: session.backend, isSelected: true }, ...others];
  const title = others.length === 0 ? 'Look for an orphaned lock' : 'Look for orphaned locks';
  const errors = await deps.runner.group(title, () =>
    workInOrder(deps.runner, workspaces, AT_ONCE, (workspace, runner) =>
      freeInWorkspace({ ...deps, runner }, seen, workspace),
    ),
  );
  return errors.concat(unread);
}

/** The role may be for the guarded workspace alone: then another step guards this one, with its own role. */
async function freeInWorkspace(
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
    await look({ deps, backend, locks, claim, running, onNothing });
  } finally {
    backend.aws.destroy();
  }
}

/** The same for several states. Attempts each one, and returns the errors. */
async function freeLocksOfMany(
  deps: Dependencies,
  { claim, running }: EndedJob,
  settings: BackendSettings,
  guarded: GuardedStates,
): Promise<unknown[]> {
  const backend = connectBackend(deps, settings);
  let without = 0;
  const lookAt = async (address: StateAddress, runner: Runner): Promise<void> => {
    const scoped = { ...backend, address };
    const locks = stateLock(scoped);
    if (locks === undefined) return;
    const onNothing = () => {
      without += 1;
    };
    await look({ deps: { ...deps, runner }, backend: scoped, locks, claim, running, onNothing });
  };
  try {
    return await deps.runner.group('Look for orphaned locks', async () => {
      const { found, errors } = await findLeftBelow(deps, backend, claim, guarded);
      const named = listNamed(backend, guarded);
      const states = new Map([...named, ...found].map((address) => [address.lockPath, address]));
      errors.push(...(await workInOrder(deps.runner, [...states.values()], AT_ONCE, lookAt)));
      if (without === states.size && errors.length === 0) {
        deps.runner.info(nothingLeftOfManyLine(states.size, nameGuarded(backend, guarded)));
      }
      return errors;
    });
  } finally {
    backend.aws.destroy();
  }
}

/** The states below the prefixes with a lock that may be this job's. A prefix that can't be listed hides no other. */
async function findLeftBelow(
  deps: Dependencies,
  backend: Backend,
  claim: Claim,
  { prefixes }: GuardedStates,
): Promise<{ readonly found: readonly StateAddress[]; readonly errors: unknown[] }> {
  const mayBeOurs = (holder: LockHolder) => whoseLock(holder, claim).kind !== 'foreign';
  const ends = await mapAtOnce(prefixes, PREFIXES_AT_ONCE, async (prefix) => {
    const find = () => findLockedBelow(backend, prefix, mayBeOurs);
    const [end] = await Promise.allSettled([callInTime(deps, backend, 'release', find)]);
    return end;
  });
  return {
    found: ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : [])),
    errors: ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : [])),
  };
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
