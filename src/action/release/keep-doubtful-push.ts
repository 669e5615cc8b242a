import { StateError } from '../../backend/faults.ts';
import type { Backend } from '../../backend/settings.ts';
import { readJob } from '../../runner/job.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Session } from '../saved-state.ts';
import { allowLastWords } from '../session.ts';
import { keepState } from './keep-state.ts';
import type { LockEnd } from './let-go.ts';
import { type PushEnd, provenanceOf } from './push-for-job.ts';

/**
 * A push under a lock that, as its release shows, somebody freed meanwhile: a Terraform that got it may have read the
 * state before ours, and then writes over ours without any condition. So it counts as failed, and the state is kept.
 */
export async function keepDoubtfulPush(
  deps: Dependencies,
  backend: Backend,
  session: Session,
  push: PushEnd | undefined,
  lock: LockEnd,
): Promise<PushEnd | undefined> {
  if (push?.pushed === undefined || !('local' in push.decision)) return push;
  if (lock.kind !== 'gone' && lock.kind !== 'taken') return push;
  // Its digest was written on the condition that the lock was still ours: whoever got it later has read this state.
  const isSettled = push.decision.kind === 'checkpointed' && push.digest === undefined;
  if (isSettled && backend.table !== undefined) return push;
  const { local } = push.decision;
  const holder = lock.kind === 'taken' ? lock.holder : undefined;
  const error = new StateError({ reason: 'push_in_doubt', holder }, backend);
  const job = readJob(deps.env);
  allowLastWords(deps, backend, 'rescue');
  const kept = await keepState(deps, backend, job, local, provenanceOf(job, session, local), error);
  deps.runner.info(kept);
  return { ...push, error, kept };
}
