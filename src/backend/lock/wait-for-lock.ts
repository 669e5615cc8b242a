import type { Clock } from '../../time/clock.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { AcquireOutcome, FoundLock } from './lock-store.ts';

/** What to do about a lock that stands in the way. */
export type WaitDecision =
  | { readonly kind: 'wait' }
  /** More is known once `answer` resolves; it never rejects. */
  | { readonly kind: 'asking'; readonly answer: Promise<void> }
  /** It is stale if it has not changed by then, on the monotonic clock. */
  | { readonly kind: 'watching'; readonly until: number }
  /** Nobody gives it up before then, on the monotonic clock, unless a person ends it. */
  | { readonly kind: 'frozen'; readonly until: number }
  /** It is to be taken over as it was found. */
  | { readonly kind: 'stale' };

export interface WaitOptions {
  /** One try to take the lock, if it is free or is still `stale`. */
  readonly tryAcquire: (stale: FoundLock | undefined) => Promise<AcquireOutcome>;
  /** Asked at each conflict, so that it sees the lock in the way as often as we do. */
  readonly decide: (lock: FoundLock) => WaitDecision;
  /** How long to go on trying, in ms; 0 is one try, as in Terraform. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly signal: AbortSignal;
  /** Between 0 and 1; spreads the waiters. */
  readonly random: () => number;
  /** Told at the first conflict and then at most once a minute. */
  readonly onWaiting: (holder: LockHolder | undefined, waitedMs: number) => void;
}

/**
 * `waitedMs` counts from the first try. `broken`: the stale locks that were taken over. `holder` is undefined when the
 * lock kept changing hands before we could see its holder.
 */
export type WaitOutcome =
  | { readonly kind: 'held'; readonly waitedMs: number; readonly broken: readonly FoundLock[] }
  | { readonly kind: 'timeout'; readonly waitedMs: number; readonly holder: LockHolder | undefined };

const FIRST_DELAY_MS = 250;
// A freed lock is to be taken within 5 s: the longest pause plus a call stays below that.
const LONGEST_DELAY_MS = 4_000;
const LOG_EVERY_MS = 60_000;
/** How often a freeze is looked at before its end, since somebody may end it earlier; and the log has a line for each look. */
const FROZEN_LOOK_MS = 60_000;
// With no time to wait, a holder that vanishes is tried again a few times: each time the lock was free.
const VANISHED_TRIES = 5;

/**
 * Tries until the lock is ours or the time is up, pausing with jitter between tries. A lock that vanished before its
 * holder could be read is free, and tried again at once (docs/protocol.md#waiting-for-a-lock); so is one that is found stale. When the time is
 * up, a question or a watch that is under way is seen to its end, for each lock that was taken over anew. A freeze that ends
 * after the time is up is not waited for; one that ends before is tried at its end, and until then looked at once a minute.
 * Errors: whatever `tryAcquire` throws, and the signal's reason when aborted.
 */
export async function waitForLock(options: WaitOptions): Promise<WaitOutcome> {
  const { clock, signal } = options;
  const startedAt = clock.monotonic();
  const reportWaiting = logger(options);
  const next = planner(options);
  let stale: FoundLock | undefined;
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    const outcome = await options.tryAcquire(stale);
    const now = clock.monotonic();
    const waitedMs = now - startedAt;
    if (outcome.kind === 'held') return { ...outcome, waitedMs };
    const holder = outcome.kind === 'conflict' ? outcome.lock.holder : undefined;
    const plan = await next(outcome, waitedMs, now);
    if (plan === undefined) return { kind: 'timeout', waitedMs, holder };
    stale = plan.stale;
    if (plan.withinMs === 0) continue;
    reportWaiting(holder, waitedMs);
    const random = options.random();
    await clock.sleep(
      Math.min(plan.isFrozen ? frozenPause(random) : pause(attempt, random), plan.withinMs),
      signal,
    );
  }
}

/** The next try: what it may take over, and in how many ms at the latest. */
interface Plan {
  readonly stale: FoundLock | undefined;
  readonly withinMs: number;
  readonly isFrozen?: boolean;
}

type Failure = Exclude<AcquireOutcome, { kind: 'held' }>;
type Next = (failure: Failure, waitedMs: number, now: number) => Promise<Plan | undefined>;

/** Plans the next try after a failed one; undefined: the time is up. */
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
    // At once, unless that was just tried in vain.
    isTakeover = decision.kind === 'stale' && !isTakeover;
    if (isTakeover) {
      // What then stands in the way is another lock, with a question and a watch of its own.
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

/** The next try while there is time; a freeze that outlasts that is not waited for. */
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
  return (holder, waitedMs) => {
    if (clock.monotonic() - lastLoggedAt < LOG_EVERY_MS) return;
    onWaiting(holder, waitedMs);
    lastLoggedAt = clock.monotonic();
  };
}

/** When the time is up: how much longer to try, in ms, if at all. One question and one watch are waited for. */
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
