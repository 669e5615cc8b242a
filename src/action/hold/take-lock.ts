import { StateError } from '../../backend/faults.ts';
import { lockTable } from '../../backend/lock-table.ts';
import type { Backend } from '../../backend/settings.ts';
import { type WaitOutcome, waitForLock } from '../../backend/wait-for-lock.ts';
import { formatDuration } from '../../runner/duration.ts';
import type { Runner } from '../../runner/runner.ts';
import type { Dependencies } from '../dependencies.ts';
import { type LockStatus, type LockTimes, type Session, STATE_KEYS, serializeState } from '../saved-state.ts';
import { nameHolder } from '../words/lock-text.ts';

/** How far main came: with `none` the lock was not even tried. */
export interface Attempt {
  readonly session: Session;
  lockStatus: LockStatus;
}

/**
 * Takes the lock if there is a table to take it in, waiting up to `timeoutMs`. Post learns of it in time: `trying` is saved before the first write, `held` after it.
 * Errors: StateError `lock_held` (no time to wait was given) or `lock_timeout`, AwsError.
 */
export async function takeLock(
  deps: Dependencies,
  backend: Backend,
  attempt: Attempt,
  timeoutMs: number,
): Promise<LockTimes | undefined> {
  const { runner, clock } = deps;
  const { aws, address, table } = backend;
  const { lock } = attempt.session;
  if (table === undefined || lock === undefined) return undefined;
  const items = lockTable(aws, table, address.lockId);
  setStatus(runner, attempt, 'trying');
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
  setStatus(runner, attempt, 'held');
  runner.saveState(STATE_KEYS.times, serializeState(times));
  runner.info(
    `Locked ${address.lockId} in table ${table}, lock id ${lock.id}, after ${formatDuration(outcome.waitedMs)}.`,
  );
  return times;
}

function setStatus(runner: Runner, attempt: Attempt, status: LockStatus): void {
  attempt.lockStatus = status;
  runner.saveState(STATE_KEYS.lock, status);
}
