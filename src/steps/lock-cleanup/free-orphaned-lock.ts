import { AwsError } from '../../aws/errors.ts';
import type { StateAddress } from '../../backend/address.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { Backend, BackendSettings } from '../../backend/settings.ts';
import { mapAtOnce } from '../../backend/survey/map-at-once.ts';
import { connectBackend } from '../../connection/connect-backend.ts';
import { callInTime } from '../../connection/finish-in-time.ts';
import { endCheckpointerProcess } from '../../job-processes/end-checkpointer-process.ts';
import { jobTerraforms } from '../../job-processes/job-terraforms.ts';
import { stopTerraforms } from '../../job-processes/stop-terraforms.ts';
import { readRecord, type Sighting } from '../../job-state/checkpoint-record.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { GuardedStates, SavedState, Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { fileWarningText } from '../../messages/file-warning-text.ts';
import { nothingLeftLine, nothingLeftOfManyLine, uncheckedText } from '../../messages/lock-cleanup-text.ts';
import { listCauses } from '../../messages/to-reason-code.ts';
import type { Runner } from '../../runner/runner.ts';
import type { RunningTerraform } from '../../runner/running-terraform.ts';
import { removePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { freeLeftLock } from './free-left-lock.ts';
import { findLockedBelow, listNamed, nameGuarded, PREFIXES_AT_ONCE } from './guarded-states.ts';
import { type Claim, findClaim, whoseLock } from './lock-ownership.ts';
import { findOtherWorkspaces, type OtherWorkspace } from './other-workspaces.ts';
import { restoreHostName } from './own-host-name.ts';
import { workInOrder } from './work-in-order.ts';

/** The number of states checked in parallel, which keeps the waits for other jobs' Terraform from adding up. */
const AT_ONCE = 16;

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
    await freeLeftLock({ deps, backend, locks, claim, running, onNothing });
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
    await freeLeftLock({ deps: { ...deps, runner }, backend: scoped, locks, claim, running, onNothing });
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
