import { findLostWrite, isLockLost, withLostWrite } from '../../backend/lock/held-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import { allowCleanup } from '../../connection/connect-backend.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { describeProvenance } from '../../job-state/describe-provenance.ts';
import type { Session } from '../../job-state/saved-state.ts';
import { keptLocation } from '../../messages/kept-state-text.ts';
import { readJob } from '../../runner/job.ts';
import { keepState } from './keep-state.ts';
import type { PushBase } from './push-base.ts';
import type { PushEnd } from './push-end.ts';
import type { LockRelease } from './release-lock.ts';

/**
 * Whether a push that failed with `error`, but is in the store after all, has succeeded. Under a lost lock it has not,
 * because the next holder may have read the state before it. Pure.
 */
export function countsAsPushed(error: unknown): boolean {
  return !isLockLost(error);
}

/**
 * The error of a push that failed, in which the loss of the lock says what the store has of the job (`isStored`: this
 * push). `pushState` checks the lock before each attempt and sends nothing without it. Pure.
 */
export function describeLoss(error: unknown, { checkpoint, inDoubt }: PushBase, isStored: boolean): unknown {
  if (isStored) return withLostWrite(error, 'stored');
  if (findLostWrite(error) !== 'not_sent') return error;
  if (inDoubt.length > 0) return withLostWrite(error, 'in_doubt');
  return checkpoint === undefined ? error : withLostWrite(error, 'checkpoint_only');
}

/**
 * A push under a lock that somebody freed in the meantime, as its release shows. Another Terraform may have taken the
 * lock and read the state before ours, and will then overwrite ours without any condition. The push therefore counts as
 * failed, and the state is kept.
 */
export async function keepPushInDoubt(
  deps: Pick<Dependencies, 'env' | 'runner' | 'clock' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  session: Session,
  push: PushEnd | undefined,
  { lock, isOvertaken }: LockRelease,
): Promise<PushEnd | undefined> {
  if (push?.pushed === undefined || !('local' in push.decision)) return push;
  if (lock.kind !== 'gone' && lock.kind !== 'taken' && !isOvertaken) return push;
  if (push.pushed.isConfirmed) return push;
  const { local } = push.decision;
  const holder = lock.kind === 'taken' ? lock.holder : undefined;
  const error = new StateError({ reason: 'push_in_doubt', holder }, backend);
  const job = readJob(deps.env);
  allowCleanup(deps, backend, 'rescue');
  const kept = await keepState(deps, backend, job, local, describeProvenance(job, session, local), error);
  deps.runner.info(keptLocation(kept));
  return { ...push, error, kept };
}
