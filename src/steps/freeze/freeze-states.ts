import type { StateAddress } from '../../backend/address.ts';
import { markFreed } from '../../backend/lock/mark-freed.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import { type Freeze, formatFreezeEnd, isPastEnd, parseFreeze } from '../../backend/records/freeze.ts';
import type { Backend } from '../../backend/settings.ts';
import { StateError } from '../../backend/state-error.ts';
import { allowCleanup } from '../../connection/connect-backend.ts';
import { giveBackStepLock, type LockOfStep, takeStepLock } from '../../connection/step-lock.ts';
import type { LockedWorkDependencies } from '../../connection/under-lock.ts';
import { InputError } from '../../inputs/input-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { frozenLine, gaveBackLine, type StateEnd } from '../../messages/freeze-report.ts';
import type { Job } from '../../runner/job.ts';
import { endTime, freezeEndProblem } from './freeze-end.ts';
import type { FreezeCommand } from './freeze-inputs.ts';
import { freezeLock, holderOfLock, newFreeze } from './new-freeze.ts';

type Command = Extract<FreezeCommand, { kind: 'freeze' }>;

/** The lock of one state, before its first write. */
interface Attempt extends LockOfStep {
  isHeld: boolean;
}

/**
 * Freezes all of these states or none, in order: takes each one's lock, and waits for holders up to `lock_timeout` in
 * total. If one lock can't be taken, it releases those before it. Errors: StateError `frozen` for a state that is
 * already frozen and not past its end; LockedError; InputError for an end that is past by the store's clock; AwsError;
 * an AggregateError for several.
 */
export async function freezeStates(
  deps: LockedWorkDependencies,
  job: Job,
  backend: Backend,
  addresses: readonly StateAddress[],
  command: Command,
): Promise<StateEnd[]> {
  await refuseFrozen(backend, addresses);
  const now = backend.aws.storeNow();
  const problem = freezeEndProblem(command.end, now);
  if (problem !== undefined) {
    throw new InputError([
      { input: 'until', value: formatFreezeEnd(endTime(command.end, now)), fix: problem },
    ]);
  }
  const freeze = newFreeze(job, deps.machine, endTime(command.end, now), command.reason);
  const attempts: Attempt[] = [];
  try {
    await takeAll(deps, backend, addresses, { freeze, command, attempts });
  } catch (error) {
    throw await giveBackAll(deps, backend, attempts, error);
  }
  return attempts.map(({ backend: { address }, lock }) => {
    const holder = holderOfLock(lock);
    return { address, freeze: parseFreeze(holder), isFrozen: true, holder };
  });
}

/** Before the first lock, to report all frozen states at once. */
async function refuseFrozen(backend: Backend, addresses: readonly StateAddress[]): Promise<void> {
  const errors: unknown[] = [];
  for (const address of addresses) {
    const scoped = { ...backend, address };
    const found = (await stateLock(scoped)?.read()) ?? [];
    for (const { holder } of found) {
      const freeze = parseFreeze(holder);
      if (freeze === undefined || isPastEnd(freeze, backend.aws.storeNow())) continue;
      const leftMs = freeze.until - backend.aws.storeNow();
      errors.push(new StateError({ reason: 'frozen', holder, freeze, leftMs, waitedMs: 0 }, scoped));
      break;
    }
  }
  if (errors.length > 1) throw new AggregateError(errors);
  if (errors.length === 1) throw errors[0];
}

interface Taking {
  readonly freeze: Freeze;
  readonly command: Command;
  /** A list that grows. */
  readonly attempts: Attempt[];
}

async function takeAll(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal' | 'random'>,
  backend: Backend,
  addresses: readonly StateAddress[],
  { freeze, command, attempts }: Taking,
): Promise<void> {
  const deadline = deps.clock.monotonic() + command.lockTimeoutMs;
  const reason = command.lockTimeoutMs === 0 ? 'lock_held' : 'lock_timeout';
  for (const address of addresses) {
    const scoped: Backend = { ...backend, address };
    const stores = stateLock(scoped);
    if (stores === undefined) continue;
    const lock = freezeLock(address, freeze, deps.clock.now());
    const attempt: Attempt = { backend: scoped, stores, lock, isHeld: false };
    attempts.push(attempt);
    const timeoutMs = Math.max(0, deadline - deps.clock.monotonic());
    // A freeze does not wait for the end of somebody else's freeze.
    await takeStepLock(deps, attempt, { timeoutMs, reason, waitsForFreezes: false });
    attempt.isHeld = true;
    deps.runner.info(frozenLine(scoped, freeze, lock.id));
  }
}

/** Attempts each one. Returns the error to throw, which also names what stays frozen. */
async function giveBackAll(
  deps: Pick<Dependencies, 'runner' | 'signal' | 'cleanupSignal'>,
  backend: Backend,
  attempts: readonly Attempt[],
  error: unknown,
): Promise<unknown> {
  allowCleanup(deps, backend, 'release');
  const cutOff = deps.signal.aborted ? error : undefined;
  const ends = await Promise.allSettled(
    attempts.map((attempt) => giveBackStepLock(deps.runner, attempt, attempt.isHeld, () => cutOff)),
  );
  const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  const given = attempts.filter(({ isHeld }, i) => isHeld && ends[i]?.status === 'fulfilled').length;
  if (given > 0) deps.runner.info(gaveBackLine(given));
  if (failed.length === 0) return markFreed(error);
  return new AggregateError([error, ...failed]);
}
