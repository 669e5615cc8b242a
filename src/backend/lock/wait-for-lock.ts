import type { Clock } from '../../time/clock.ts';
import { pauseWithin } from '../../time/pause-within.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { AcquireOutcome, FoundLock } from './lock-store.ts';
import { takeTurns, type WaitQueue } from './wait-in-queue.ts';

/** What to do about a lock that somebody else holds. */
export type WaitDecision =
  | { readonly kind: 'wait' }
  /** `answer` resolves when more is known. It never rejects. */
  | { readonly kind: 'asking'; readonly answer: Promise<void> }
  /** The lock is stale if it has not changed by then, on the monotonic clock. */
  | { readonly kind: 'watching'; readonly until: number }
  /** The lock is not released before then, on the monotonic clock, unless a person ends it. */
  | { readonly kind: 'frozen'; readonly until: number }
  /** The lock can be taken over as it was found. */
  | { readonly kind: 'stale' };

export interface WaitOptions {
  /** One attempt to take the lock if it is free or is still `stale`. */
  readonly tryAcquire: (stale: FoundLock | undefined) => Promise<AcquireOutcome>;
  /** Called at each conflict, to show it every state of the lock. */
  readonly decide: (lock: FoundLock) => WaitDecision;
  /** How long to keep trying, in ms; 0 means one attempt, as in Terraform. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly signal: AbortSignal;
  /** Between 0 and 1; spreads the waiting jobs. */
  readonly random: () => number;
  /** Called at the first conflict and then at most once a minute. `ahead`: how many wait before us; undefined: there is no queue. */
  readonly onWaiting: (holder: LockHolder | undefined, waitedMs: number, ahead: number | undefined) => void;
  /** Joined at the first conflict, if there is time to wait; undefined: we ask for the lock whoever else waits. */
  readonly queue?: WaitQueue | undefined;
}

/**
 * `waitedMs` counts from the first attempt. `broken`: the stale locks that were taken over. `holder` is undefined when
 * the lock changed hands each time before its holder could be read.
 */
export type WaitOutcome =
  | { readonly kind: 'held'; readonly waitedMs: number; readonly broken: readonly FoundLock[] }
  | { readonly kind: 'timeout'; readonly waitedMs: number; readonly holder: LockHolder | undefined };

const FIRST_DELAY_MS = 250;
// A freed lock should be taken within 5 s: the longest pause plus one call stays below that.
const LONGEST_DELAY_MS = 4_000;
const LOG_EVERY_MS = 60_000;
/** How often a freeze is checked before its end, because somebody may end it early. Each check writes one log line. */
const FROZEN_LOOK_MS = 60_000;
// Without time to wait, a holder that vanishes causes a few more attempts, because each time the lock was free.
const VANISHED_TRIES = 5;

/**
 * Tries until the lock is ours or the time is up, with a random pause between attempts. In a queue only the first waiter
 * tries, and whoever is behind it makes one last attempt when the time is up. If a lock vanishes before its
 * holder can be read, or is found to be stale, the next attempt is immediate (docs/protocol.md#waiting-for-a-lock).
 * When the time is up, a running question or watch is completed, for each new lock that was taken over. A freeze that
 * ends after the time is up is not waited for. One that ends earlier is tried at its end and checked once a minute
 * until then.
 *
 * Errors: whatever `tryAcquire` throws, and the signal's reason when aborted.
 */
export async function waitForLock(options: WaitOptions): Promise<WaitOutcome> {
  const { clock, signal } = options;
  const startedAt = clock.monotonic();
  const next = planner(options);
  const pauseUntil = pauser(options);
  signal.throwIfAborted();
  let outcome = await options.tryAcquire(undefined);
  for (let attempt = 0; ; attempt += 1) {
    const now = clock.monotonic();
    const waitedMs = now - startedAt;
    if (outcome.kind === 'held') return { ...outcome, waitedMs };
    const holder = outcome.kind === 'conflict' ? outcome.lock.holder : undefined;
    const plan = await next(outcome, waitedMs, now);
    if (plan === undefined) return { kind: 'timeout', waitedMs, holder };
    const seen = plan.withinMs === 0 ? undefined : await pauseUntil(plan, { attempt, holder, waitedMs });
    signal.throwIfAborted();
    outcome = seen === undefined ? await options.tryAcquire(plan.stale) : { kind: 'conflict', lock: seen };
  }
}

/** The attempt that has just failed. */
interface FailedTry {
  readonly attempt: number;
  readonly holder: LockHolder | undefined;
  readonly waitedMs: number;
}

/** Pauses until the next attempt. A waiter behind others in the queue looks at the lock at times: then the lock that it saw is returned. */
function pauser(options: WaitOptions): (plan: Plan, failed: FailedTry) => Promise<FoundLock | undefined> {
  const { queue, timeoutMs, clock, signal, random } = options;
  const reportWaiting = logger(options);
  const turns = queue === undefined ? undefined : takeTurns({ queue, clock, signal, random });
  return async ({ withinMs, isFrozen = false }, { attempt, holder, waitedMs }) => {
    const leftMs = timeoutMs - waitedMs;
    const triedAt = clock.monotonic();
    // There are no turns while a state is frozen, nor when the time is up and only a watch goes on.
    if (turns !== undefined && !isFrozen && leftMs > 0) {
      const end = await turns.next({ holder, withinMs, leftMs }, (ahead) =>
        reportWaiting(holder, waitedMs + clock.monotonic() - triedAt, ahead),
      );
      if (end.kind === 'looked') return end.lock;
      if (end.kind === 'turn') return undefined;
    }
    reportWaiting(holder, waitedMs, undefined);
    const pauseMs = isFrozen ? frozenPause(random()) : pause(attempt, random());
    // AWS may take its time to refuse the queue.
    await clock.sleep(pauseWithin(pauseMs, triedAt + withinMs, clock), signal);
    return undefined;
  };
}

/** The next attempt: what it may take over, and in how many ms at the latest. */
interface Plan {
  readonly stale: FoundLock | undefined;
  readonly withinMs: number;
  readonly isFrozen?: boolean;
}

type Failure = Exclude<AcquireOutcome, { kind: 'held' }>;
type Next = (failure: Failure, waitedMs: number, now: number) => Promise<Plan | undefined>;

/** Plans the next attempt after a failed one; undefined when the time is up. */
function planner({ decide, timeoutMs }: Pick<WaitOptions, 'decide' | 'timeoutMs'>): Next {
  let moreTime = overtime();
  let vanished = 0;
  let isTakeover = false;
  return async (failure, waitedMs, now) => {
    const leftMs = timeoutMs - waitedMs;
    if (failure.kind === 'vanished') {
      vanished += 1;
      return vanished <= VANISHED_TRIES ? within(0) : within(leftMs > 0 ? leftMs : undefined);
    }
    const decision = decide(failure.lock);
    // At once, unless the previous attempt was a takeover that failed.
    isTakeover = decision.kind === 'stale' && !isTakeover;
    if (isTakeover) {
      // The lock found then is another one, with its own question and watch.
      moreTime = overtime();
      return { stale: failure.lock, withinMs: 0 };
    }
    if (leftMs <= 0) return within(await moreTime(decision, now));
    return untilKnown(decision, now, leftMs);
  };
}

function within(withinMs: number | undefined): Plan | undefined {
  return withinMs === undefined ? undefined : { stale: undefined, withinMs };
}

/** The next attempt while there is time. A freeze that lasts longer is not waited for. */
function untilKnown(decision: WaitDecision, now: number, leftMs: number): Plan | undefined {
  if (decision.kind === 'frozen') {
    const withinMs = decision.until - now;
    return withinMs > leftMs ? undefined : { stale: undefined, withinMs, isFrozen: true };
  }
  const isWatching = decision.kind === 'watching' && decision.until > now;
  return within(isWatching ? Math.min(leftMs, decision.until - now) : leftMs);
}

function logger({ clock, onWaiting }: WaitOptions): WaitOptions['onWaiting'] {
  let lastLoggedAt = Number.NEGATIVE_INFINITY;
  return (holder, waitedMs, ahead) => {
    if (clock.monotonic() - lastLoggedAt < LOG_EVERY_MS) return;
    onWaiting(holder, waitedMs, ahead);
    lastLoggedAt = clock.monotonic();
  };
}

/** How much longer to try after the time is up, in ms, if at all. Waits for one question and one watch. */
function overtime(): (decision: WaitDecision, now: number) => Promise<number | undefined> {
  let asked = false;
  let watchedUntil: number | undefined;
  return async (decision, now) => {
    if (decision.kind === 'asking' && !asked) {
      asked = true;
      await decision.answer;
      return 0;
    }
    if (decision.kind !== 'watching' || decision.until <= now) return undefined;
    watchedUntil ??= decision.until;
    return decision.until <= watchedUntil ? decision.until - now : undefined;
  };
}

function frozenPause(random: number): number {
  return FROZEN_LOOK_MS * (1 + random / 10);
}

function pause(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return longest * (0.5 + random / 2);
}
