import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type HeldLock, isLockLost } from '../../backend/lock/held-lock.ts';
import { downloadState } from '../../backend/state/state-object.ts';
import { type CurrentObject, StateError } from '../../backend/state-error.ts';
import { callInTime } from '../../connection/finish-in-time.ts';
import { explainUnconfirmedCheckpoint } from '../../messages/checkpoint-text.ts';
import { isObjectOfJob, lookUpFor, type PushBase } from './push-base.ts';
import type { PushContext } from './push-context.ts';

/**
 * Checks the object once before a checkpoint counts as the result: it must still be that checkpoint, or a state that
 * descends from it under a later lock. If the check fails, a confirmed checkpoint counts with a warning, as does a push
 * that nobody checks again. Errors: StateError `state_conflict` when it is neither, AwsError of the check.
 */
export async function confirmCheckpoint(context: PushContext, base: PushBase): Promise<void> {
  const { deps, backend, session } = context;
  const looked = await look(context, base);
  if (looked.kind === 'failed') {
    if (base.checkpoint?.isConfirmed !== true) throw looked.error;
    deps.runner.warning(explainUnconfirmedCheckpoint(backend, looked.error, deps.clock.now()));
    return;
  }
  const { current } = looked;
  if (isObjectOfJob(base, current, session.lock?.id)) return;
  if (current !== undefined && (await isContinued(context, base))) return;
  throw new StateError({ reason: 'state_conflict', expectedEtag: base.etag, current }, backend);
}

type Look =
  | { readonly kind: 'seen'; readonly current: CurrentObject | undefined }
  | { readonly kind: 'failed'; readonly error: unknown };

async function look({ deps, backend, session }: PushContext, base: PushBase): Promise<Look> {
  const lookOnce = () => lookUpFor(base, backend, session.lock?.id);
  try {
    return { kind: 'seen', current: await callInTime(deps, backend, 'rescue', lookOnce) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/**
 * Whether the current object descends from the checkpoint: somebody took the lock after it was confirmed as ours with
 * the checkpoint in place, and therefore read it, and their state is a later one of the same lineage. While the lock is
 * ours, anybody who writes does so without it.
 */
async function isContinued({ backend, session, held }: PushContext, base: PushBase): Promise<boolean> {
  if (base.checkpoint?.isConfirmed !== true || held === undefined || base.state === undefined) return false;
  if (!(await isLost(held))) return false;
  const path = join(session.privateDirectory, 'post', 'successor');
  const object = await downloadState(backend, path);
  await rm(path, { force: true });
  const inspection = object?.facts.inspection;
  if (inspection?.kind !== 'state') return false;
  const { lineage, serial } = inspection.header;
  return lineage === base.state.lineage && serial > base.state.serial;
}

async function isLost(held: HeldLock): Promise<boolean> {
  try {
    await held.verify();
    return false;
  } catch (error) {
    if (isLockLost(error)) return true;
    throw error;
  }
}
