import type { FreeOutcome } from '../../backend/lock/free-locks.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import type { StateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { callInTime } from '../../connection/finish-in-time.ts';
import { waitForOthers } from '../../job-processes/running-terraforms.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { CodedError } from '../../messages/coded-error.ts';
import {
  foreignLockLine,
  freeByNowLine,
  freedText,
  type StuckReason,
  stuckText,
  takenMeanwhileLine,
} from '../../messages/lock-cleanup-text.ts';
import type { RunningTerraform } from '../../runner/running-terraform.ts';
import { type Claim, isThrowaway, whoseLock } from './lock-ownership.ts';

/** A lock that this job may have left, and that still exists. */
export class StuckLock extends CodedError<'lock_not_freed'> {
  override readonly name = 'StuckLock';

  constructor(message: string) {
    super('lock_not_freed', message);
  }
}

/** One state, and what is known about the job that may have left its lock. */
export interface LockScene {
  readonly deps: Dependencies;
  readonly backend: Backend;
  readonly locks: StateLock;
  readonly claim: Claim;
  /** This job's Terraform processes that could not be stopped. */
  readonly running: readonly RunningTerraform[];
  /** Called when the state has no lock. */
  readonly onNothing: () => void;
}

/**
 * Frees the lock of one state if this job's Terraform left it, on the condition that it is still the same lock. Waits first
 * for Terraform processes of others that may free it themselves. Errors: an AggregateError with a StuckLock for each
 * lock that may be this job's and stays; AwsError.
 */
export async function freeLeftLock(scene: LockScene): Promise<void> {
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
  { deps: { runner, clock }, backend, claim }: LockScene,
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
  { claim, deps, running }: LockScene,
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
  scene: LockScene,
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
  { deps: { runner, clock }, backend }: LockScene,
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
