import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { type StateLock, stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend, BackendSettings } from '../../backend/settings.ts';
import { allowCleanup, connectBackend } from '../../job-state/connect-backend.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { type Running, waitForTerraforms } from '../../job-state/running-terraforms.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { nameHolder } from '../../messages/lock-text.ts';
import { freedText, stuckText } from '../../messages/orphaned-lock-text.ts';
import { removePrivateDirectory } from '../../workspace-files/private-directory.ts';
import { type Claim, findClaim, whoseLock } from './lock-ownership.ts';
import { settingsSelectedSince } from './selected-since.ts';
import { sharedName } from './start-lock-cleanup.ts';

/** A lock that this job may have left, and that is still there. */
class StuckLock extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StuckLock';
  }
}

/**
 * The post step of `lock: guard`: frees what this very job's Terraform left, on the condition that it is still that
 * lock. Throws what turns the step red: AwsError, or one error for each lock that may be this job's and stays.
 */
export async function freeOrphanedLock(deps: Dependencies, session: Session): Promise<void> {
  const errors: unknown[] = [];
  const note = (error: unknown) =>
    void (error instanceof AggregateError ? errors.push(...error.errors) : errors.push(error));
  try {
    await freeLockOf(deps, session, session.backend).catch(note);
    // A step may have selected another workspace since, and its Terraform has locked that.
    const selected = await settingsSelectedSince(session, deps.env);
    if (selected !== undefined) await freeLockOf(deps, session, selected).catch(note);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 0) throw new AggregateError(errors, 'locks may have been left');
  } finally {
    for (const warning of await removePrivateDirectory(session.privateDirectory))
      deps.runner.warning(warning);
  }
}

async function freeLockOf(
  deps: Dependencies,
  { startedAt }: Session,
  settings: BackendSettings,
): Promise<void> {
  const backend = connectBackend(deps, settings);
  const places = stateLock(backend);
  const claim = findClaim(deps.machine, deps.env, startedAt);
  try {
    if (places === undefined) return;
    const scene = { deps, backend, places, claim };
    await deps.runner.group('Look for a lock that was left', () => look(scene));
  } finally {
    backend.aws.destroy();
  }
}

interface Scene {
  readonly deps: Dependencies;
  readonly backend: Backend;
  readonly places: StateLock;
  readonly claim: Claim;
}

async function look(scene: Scene): Promise<void> {
  const { deps, backend, places, claim } = scene;
  const { runner } = deps;
  const all = await inTime(scene, () => places.read());
  if (all.length === 0) return runner.info(`No lock of ${backend.address.lockPath} is left.`);
  logForeignLock(scene, all);
  let left = all.filter(({ holder }) => whoseLock(holder, claim).kind !== 'foreign');
  if (left.length === 0) return;
  // A lock that was taken since is not the one whose Terraform is looked for.
  const seen = new Set(left.map(({ holder }) => holder.raw));
  const isThere = async (): Promise<boolean> => {
    left = (await inTime(scene, () => places.read())).filter(({ holder }) => seen.has(holder.raw));
    return left.length > 0;
  };
  const end = await waitForTerraforms(deps, backend.address, isThere, true);
  if (!end.isThere) return runner.info(FREE_BY_NOW);
  const errors: Error[] = [];
  for (const lock of left) {
    const error = await free(scene, lock, end.running);
    if (error !== undefined) errors.push(error);
  }
  if (errors.length > 0) throw new AggregateError(errors, 'a lock may have been left');
}

const FREE_BY_NOW = "The lock of this job's Terraform is free by now.";

function logForeignLock(
  { deps: { runner, clock }, backend, claim }: Scene,
  found: readonly FoundLock[],
): void {
  for (const { holder } of found) {
    const owner = whoseLock(holder, claim);
    if (owner.kind !== 'foreign') continue;
    runner.info(`The lock is held by ${nameHolder(holder, backend, clock.now())}, and stays: ${owner.why}.`);
  }
}

const UNSEEN =
  'a Terraform of another job on this machine may hold it: whether one runs is only to be seen on Linux.';

/** Why a lock can't be called this job's own; undefined when it can. */
function whyNot(
  { claim, deps }: Scene,
  { holder }: FoundLock,
  running: Running | undefined,
): string | undefined {
  const owner = whoseLock(holder, claim);
  if (owner.kind !== 'ours') return `${owner.why}.\n${sharedName(deps.machine.host)}`;
  // A machine of GitHub's has one job only.
  if (running === undefined) return deps.env.RUNNER_ENVIRONMENT === 'github-hosted' ? undefined : UNSEEN;
  if (running.others === 0) return undefined;
  return 'a Terraform of another job runs on this machine under the same name, and may hold it.';
}

/** Returns the error for a lock that stays. */
async function free(scene: Scene, lock: FoundLock, running: Running | undefined): Promise<Error | undefined> {
  const { deps, backend, places } = scene;
  const { runner, clock } = deps;
  const { holder } = lock;
  const stuck = (why: string): Error => new StuckLock(stuckText(backend, holder, why, clock.now()));
  const why = whyNot(scene, lock, running);
  if (why !== undefined) return stuck(why);
  try {
    const end = await inTime(scene, () => places.remove(lock));
    const isRunning = running !== undefined && running.own > 0;
    if (end.kind === 'released') runner.notice(freedText(backend, holder, isRunning, clock.now()));
    else if (end.kind === 'gone') runner.info(FREE_BY_NOW);
    else runner.info(`Now it is held by ${nameHolder(end.holder, backend, clock.now())}, and stays.`);
    return undefined;
  } catch (error) {
    return stuck(`it could not be freed. ${explain(error, clock.now())}`);
  }
}

/** A call that an interrupt cuts off is made once more in the time that is left. */
async function inTime<Value>({ deps, backend }: Scene, call: () => Promise<Value>): Promise<Value> {
  const isLastTry = deps.signal.aborted;
  allowCleanup(deps, backend, 'release');
  try {
    return await call();
  } catch (error) {
    if (isLastTry || !deps.signal.aborted) throw error;
    allowCleanup(deps, backend, 'release');
    return await call();
  }
}
