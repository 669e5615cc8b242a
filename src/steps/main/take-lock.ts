import { decideFreeze } from '../../backend/lock/decide-freeze.ts';
import type { FoundLock, OurLock } from '../../backend/lock/lock-store.ts';
import { type StateLock, stateLock } from '../../backend/lock/state-lock.ts';
import { throwIfFrozen } from '../../backend/lock/throw-if-frozen.ts';
import { waitForLock } from '../../backend/lock/wait-for-lock.ts';
import type { WaitQueue } from '../../backend/lock/wait-in-queue.ts';
import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import { leaveQueue, waitQueue } from '../../connection/wait-queue.ts';
import type { HoldInputs } from '../../inputs/hold-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { type LockStatus, type LockTimes, type Session, STATE_KEYS } from '../../job-state/saved-state.ts';
import { serializeState } from '../../job-state/serialize-state.ts';
import { decisionLine } from '../../messages/debug-text.ts';
import { LockedError, lockedLine } from '../../messages/locked-text.ts';
import type { Runner } from '../../runner/runner.ts';
import { createStalenessCheck } from '../../staleness/staleness-check.ts';
import { reportTakeover } from './report-takeover.ts';
import { createWaitComment, NO_WAIT_COMMENT, type WaitCommentDependencies } from './wait-comment.ts';
import { createWaitReport, type WaitReport } from './wait-report.ts';

/** How far main got. With `none`, the lock was not even tried. */
export interface Attempt {
  readonly session: Session;
  /** The end of the wait's report to the pull request. It ends with main. */
  commentEnded: Promise<void>;
  /** What STS says against the credentials; resolves to undefined when it accepts them, or isn't asked. */
  refusal: Promise<unknown>;
  lockStatus: LockStatus;
  /** Undefined until the lock is held, and without one. */
  times: LockTimes | undefined;
  /** The stores of the lock; undefined when it was not tried. */
  stores: StateLock | undefined;
  /** The stale locks that ours replaced, even if it was then released again. */
  broken: readonly FoundLock[];
}

/** What decides about the wait for a lock. */
export interface WaitInputs extends Pick<HoldInputs, 'lockTimeoutMs' | 'stale' | 'waitComment'> {
  /** How much of `lockTimeoutMs` the waits for the step's other locks took; undefined for nothing. */
  readonly waitedBeforeMs?: number;
}

/** The dependencies of every step, and those for reporting a wait. */
export type LockDependencies = Dependencies & Pick<WaitCommentDependencies, 'connectGitHub'>;

/**
 * Takes the lock if it has a store, waiting up to `lock_timeout`. Takes over a lock that is proved stale if
 * `stale_lock` says so. Post learns about it in time: `trying` is saved before the first write, `held` after it.
 * Errors: LockedError `lock_held` (no time to wait was given) or `lock_timeout`, AwsError.
 */
export async function takeLock(
  deps: LockDependencies,
  backend: Backend,
  attempt: Attempt,
  inputs: WaitInputs,
): Promise<void> {
  const { runner, clock } = deps;
  const { lock } = attempt.session;
  const lockStores = stateLock(backend);
  if (lockStores === undefined || lock === undefined) return;
  setStatus(runner, attempt, 'trying');
  attempt.stores = lockStores;
  attempt.broken = lockStores.broken;
  const { waitComment, lockTimeoutMs, waitedBeforeMs = 0 } = inputs;
  const comment = waitComment === undefined ? NO_WAIT_COMMENT : createWaitComment(deps, backend, waitComment);
  const report = createWaitReport(deps, backend, lockTimeoutMs, comment);
  const startedAt = clock.monotonic() - waitedBeforeMs;
  const waitedMs = await wait(deps, backend, lockStores, lock, inputs, report).catch(
    async (error: unknown) => {
      attempt.commentEnded = comment.end('gave_up', findWaitedMs(error) ?? clock.monotonic() - startedAt);
      await reportTakeover(deps, backend, attempt.broken);
      throw error;
    },
  );
  attempt.commentEnded = comment.end('held', waitedMs);
  attempt.times = { waitedMs, heldSince: clock.now(), waitedFor: report.holders() };
  setStatus(runner, attempt, 'held');
  runner.saveState(STATE_KEYS.times, serializeState(attempt.times));
  runner.info(lockedLine(backend, lock.id, waitedMs));
  await reportTakeover(deps, backend, attempt.broken);
}

/** Returns how long the step has waited for its locks, in ms. */
async function wait(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'random' | 'lookUpRun'>,
  backend: Backend,
  lockStores: StateLock,
  lock: OurLock,
  { lockTimeoutMs, stale, waitedBeforeMs = 0 }: WaitInputs,
  report: WaitReport,
): Promise<number> {
  const { clock, signal, random } = deps;
  const check = createStalenessCheck(deps, stale, lockStores.broken);
  try {
    const outcome = await waitForLock({
      tryAcquire: (found) => lockStores.acquire(lock, found),
      decide: (found) => {
        report.saw(found.holder);
        const times = { storeNow: backend.aws.storeNow(), monotonicNow: clock.monotonic() };
        return decideFreeze(found, times) ?? check.consider(found);
      },
      timeoutMs: Math.max(0, lockTimeoutMs - waitedBeforeMs),
      clock,
      signal,
      random,
      onWaiting: (holder, waitedMs, ahead) => report.waiting(holder, waitedBeforeMs + waitedMs, ahead),
      queue: lockTimeoutMs > waitedBeforeMs ? mainQueue(deps, lockStores, lock) : undefined,
    });
    await leave(deps.runner, lockStores);
    const waitedMs = waitedBeforeMs + outcome.waitedMs;
    if (outcome.kind === 'held') return waitedMs;
    const { holder } = outcome;
    await report.gaveUp(holder, waitedMs);
    throwIfFrozen(backend, holder, waitedMs);
    const reason = lockTimeoutMs === 0 ? 'lock_held' : 'lock_timeout';
    throw new LockedError({ reason, holder, waitedMs, finding: await check.finding(holder) }, backend);
  } finally {
    check.close();
  }
}

/** Post has to know of a ticket before it exists. */
function mainQueue(
  { runner, clock }: Pick<Dependencies, 'runner' | 'clock'>,
  lockStores: StateLock,
  lock: OurLock,
): WaitQueue {
  const queue = waitQueue({ runner, clock }, lockStores, lock);
  return {
    ...queue,
    countAhead: async (withinMs) => {
      if (!lockStores.queue.mayBeIn()) runner.saveState(STATE_KEYS.queue, 'joined');
      return await queue.countAhead(withinMs);
    },
    onRefused: (error) => {
      queue.onRefused(error);
      if (!lockStores.queue.mayBeIn()) runner.saveState(STATE_KEYS.queue, '');
    },
  };
}

/** Gives up the place in the queue, if there is one, and has post know. Throws nothing. */
export async function leave(
  runner: Pick<Runner, 'debug' | 'saveState'>,
  lockStores: StateLock,
): Promise<void> {
  if (!lockStores.queue.mayBeIn()) return;
  await leaveQueue(runner, lockStores);
  if (!lockStores.queue.mayBeIn()) runner.saveState(STATE_KEYS.queue, '');
}

/** How long a step waited for its locks before it gave up with `error`, in ms; undefined for every other error. Pure. */
export function findWaitedMs(error: unknown): number | undefined {
  if (error instanceof LockedError) return error.details.waitedMs;
  if (!(error instanceof StateError) || error.details.reason !== 'frozen') return undefined;
  return error.details.waitedMs;
}

function setStatus(runner: Runner, attempt: Attempt, status: LockStatus): void {
  attempt.lockStatus = status;
  runner.saveState(STATE_KEYS.lock, status);
  runner.debug(decisionLine('lock', status, `lock id ${attempt.session.lock?.id}`));
}
