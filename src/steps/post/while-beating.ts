import { renewLock } from '../../backend/state/checkpoint.ts';
import { keepWatch } from '../../job-processes/keep-watch.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { SavedState } from '../../job-state/saved-state.ts';
import { heartbeatFailedLine } from '../../messages/checkpointer-text.ts';
import { explain } from '../../messages/explain.ts';
import type { PushContext } from './push-context.ts';

/**
 * Renews the lock's heartbeat during `work`, if the lock has one. The checkpointer, which did so before, ends during
 * that time, and once GitHub calls the run completed, only the heartbeat shows a waiting job that this step still
 * works.
 */
export async function whileBeating<Value>(
  { deps, backend, held }: PushContext,
  { session, lockStatus }: SavedState,
  work: () => Promise<Value>,
): Promise<Value> {
  const { lock } = session;
  const { table } = backend;
  const everyMs = lock?.heartbeatMs;
  if (lock === undefined || table === undefined || everyMs === undefined || lockStatus !== 'held') {
    return await work();
  }
  const beat = async (): Promise<'lock_lost' | undefined> => {
    try {
      if (await renewLock(backend, { table, lock, beats: nextBeat(deps) })) return undefined;
      // A running push ends with it.
      held?.markLost(undefined);
      return 'lock_lost';
    } catch (error) {
      if (!deps.signal.aborted) deps.runner.info(heartbeatFailedLine(explain(error, deps.clock.now())));
      return undefined;
    }
  };
  const done = new AbortController();
  const until = AbortSignal.any([deps.signal, done.signal]);
  const beating = keepWatch(deps.clock, until, [{ everyMs, work: beat }]);
  try {
    return await work();
  } finally {
    done.abort();
    // A beat in progress when the lock is released finds that it is no longer ours, and changes nothing.
    await beating;
  }
}

/**
 * Seconds since the epoch, which differ from every number that the checkpointer, which counts from 1, may write in
 * between.
 */
export function nextBeat({ clock }: Pick<Dependencies, 'clock'>): number {
  return Math.floor(clock.now() / 1000);
}
