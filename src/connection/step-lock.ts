import { decideFreeze } from '../backend/lock/decide-freeze.ts';
import type { FoundLock, OurLock } from '../backend/lock/lock-store.ts';
import type { StateLock } from '../backend/lock/state-lock.ts';
import { throwIfFrozen } from '../backend/lock/throw-if-frozen.ts';
import { type WaitDecision, waitForLock } from '../backend/lock/wait-for-lock.ts';
import type { Backend } from '../backend/settings.ts';
import { StateError } from '../backend/state-error.ts';
import type { Dependencies } from '../job-state/dependencies.ts';
import { type LockedDetails, LockedError, waitingLine } from '../messages/locked-text.ts';
import { takeoverText } from '../messages/takeover-text.ts';
import type { Runner } from '../runner/runner.ts';
import { leaveQueue, waitQueue } from './wait-queue.ts';

/** A lock that a step takes for itself, and its location. */
export interface LockOfStep {
  readonly backend: Backend;
  readonly stores: StateLock;
  readonly lock: OurLock;
}

/** How long a step waits for somebody else's lock. */
export interface StepWait {
  /** From now on, in ms. */
  readonly timeoutMs: number;
  /** Whether `lock_timeout` allowed any time to wait. */
  readonly reason: LockedDetails['reason'];
  /** Whether the step also waits for the end of a freeze. */
  readonly waitsForFreezes: boolean;
  /** Decides about a holder that froze nothing. Undefined: the step waits for each. */
  readonly consider?: ConsiderHolder | undefined;
}

/** `broken`: the locks that this wait has taken over so far. */
export type ConsiderHolder = (found: FoundLock, broken: readonly FoundLock[]) => WaitDecision;

/**
 * Takes the lock, and reports the freezes past their end that it took over. Errors: LockedError; StateError `frozen`;
 * AwsError, after which any store may be ours and must be freed with `giveBackStepLock`.
 */
export async function takeStepLock(
  { clock, signal, random, runner }: Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'random'>,
  { backend, stores, lock }: LockOfStep,
  { timeoutMs, reason, waitsForFreezes, consider }: StepWait,
): Promise<void> {
  const outcome = await waitForLock({
    tryAcquire: (past) => stores.acquire(lock, past),
    decide: (found): WaitDecision => {
      const times = { storeNow: backend.aws.storeNow(), monotonicNow: clock.monotonic() };
      const decision = decideFreeze(found, times) ?? consider?.(found, stores.broken) ?? { kind: 'wait' };
      if (decision.kind !== 'frozen' || waitsForFreezes) return decision;
      return { kind: 'frozen', until: Number.POSITIVE_INFINITY };
    },
    timeoutMs,
    clock,
    signal,
    random,
    queue: timeoutMs > 0 ? waitQueue({ runner, clock }, stores, lock) : undefined,
    onWaiting: (holder, waitedMs, ahead) => {
      if (timeoutMs === 0) return;
      runner.info(waitingLine(holder, { waitedMs, timeoutMs, ahead }, backend, clock.now()));
    },
  });
  await leaveQueue(runner, stores);
  if (outcome.kind === 'held') {
    if (stores.broken.length > 0) runner.info(takeoverText(backend, stores.broken, clock.now()));
    return;
  }
  const { holder, waitedMs } = outcome;
  throwIfFrozen(backend, holder, waitedMs);
  throw new LockedError({ reason, holder, waitedMs, finding: undefined }, backend);
}

/**
 * Frees the lock where it is ours, or may be, and leaves its queue. `findCutOff`: what an interrupt ended, if anything. An
 * interrupted write may arrive after the check that finds nothing to free. Errors: StateErrors `release_failed` and
 * `release_unsure`.
 */
export async function giveBackStepLock(
  runner: Pick<Runner, 'debug'>,
  ours: LockOfStep,
  isHeld: boolean,
  findCutOff: () => unknown,
): Promise<void> {
  try {
    await free(ours, isHeld, findCutOff);
  } finally {
    await leaveQueue(runner, ours.stores);
  }
}

async function free(
  { backend, stores, lock: { info } }: LockOfStep,
  isHeld: boolean,
  findCutOff: () => unknown,
): Promise<void> {
  if (!isHeld && !stores.mayBeOurs()) return;
  await (isHeld ? stores.release(info) : stores.giveBack(info)).catch((cause: unknown) => {
    const reason = isHeld ? 'release_failed' : 'release_unsure';
    throw new StateError({ reason, info, cause }, backend);
  });
  const cause = findCutOff();
  const mayArriveLater = cause !== undefined && !isHeld && stores.mayBeOurs();
  if (mayArriveLater) throw new StateError({ reason: 'release_unsure', info, cause }, backend);
}
