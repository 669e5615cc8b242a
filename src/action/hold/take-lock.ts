import { StateError } from '../../backend/faults.ts';
import { lockTable } from '../../backend/lock-table.ts';
import type { Backend } from '../../backend/settings.ts';
import { type WaitOutcome, waitForLock } from '../../backend/wait-for-lock.ts';
import { formatDuration } from '../../runner/duration.ts';
import type { Dependencies } from '../dependencies.ts';
import { type LockTimes, type Session, STATE_KEYS, serializeState } from '../saved-state.ts';
import { nameHolder } from '../words/lock-text.ts';

/**
 * Takes the lock, waiting up to `timeoutMs`. Post learns of it in time: `trying` is saved before the first write, `held` after it.
 * Errors: StateError `lock_held` (no time to wait was given) or `lock_timeout`, AwsError.
 */
export async function takeLock(
  deps: Dependencies,
  backend: Backend,
  lock: NonNullable<Session['lock']>,
  timeoutMs: number,
): Promise<LockTimes> {
  const { runner, clock } = deps;
  const { aws, address, table } = backend;
  if (table === undefined) throw new TypeError('a lock needs a table');
  const items = lockTable(aws, table, address.lockId);
  runner.saveState(STATE_KEYS.lock, 'trying');
  const outcome: WaitOutcome = await waitForLock({
    tryAcquire: () => items.acquire(lock.info, lock.id),
    timeoutMs,
    clock,
    signal: deps.signal,
    random: deps.random,
    onWaiting: (holder, waitedMs) => {
      if (timeoutMs === 0) return;
      const held = `Locked by ${nameHolder(holder, clock.now())}`;
      runner.info(`${held}; waiting, ${formatDuration(waitedMs)} of ${formatDuration(timeoutMs)} so far.`);
    },
  });
  if (outcome.kind === 'timeout') {
    const reason = timeoutMs === 0 ? 'lock_held' : 'lock_timeout';
    const { holder, waitedMs } = outcome;
    throw new StateError({ reason, holder, waitedMs }, backend);
  }
  const times = { waitedMs: outcome.waitedMs, heldSince: clock.now() };
  runner.saveState(STATE_KEYS.lock, 'held');
  runner.saveState(STATE_KEYS.times, serializeState(times));
  runner.info(
    `Locked ${address.lockId} in table ${table}, lock id ${lock.id}, after ${formatDuration(outcome.waitedMs)}.`,
  );
  return times;
}
