import type { FoundLock } from '../backend/lock/lock-store.ts';
import type { RunStatus } from '../github/run-status.ts';
import type { NotStaleReason, StaleProof } from '../messages/not-stale-text.ts';
import { endedForMs, isSameBeat, watchMs } from './heartbeat.ts';
import { type HolderRun, proveRunEnded } from './run-evidence.ts';

/** What is known about the lock that another step waits for. Times are of our own monotonic clock, in ms. */
export interface StaleWatch {
  readonly lock: FoundLock;
  readonly run: HolderRun;
  /** Since when it has had no beat. */
  readonly stillSince: number;
  /** When it was last seen. */
  readonly seenAt: number;
  /** GitHub's last answer about its run, and when it came. */
  readonly answer: { readonly status: RunStatus; readonly at: number } | undefined;
}

/** What the watch proves so far. */
export type Staleness =
  | { readonly kind: 'stale'; readonly proof: StaleProof }
  /** Only a heartbeat that stands still until then is missing. */
  | { readonly kind: 'watching'; readonly until: number; readonly reason: NotStaleReason }
  | { readonly kind: 'none'; readonly reason: NotStaleReason };

/** How much proof is required, and how long a watch for it may take, in ms. */
export interface ProofLimits {
  /** How long ago the holder's job must have ended if no heartbeat can be watched. */
  readonly staleAfterMs: number;
  /** A watch never makes anybody wait longer than this. */
  readonly longestWatchMs: number;
}

const ASK_EVERY_MS = 30_000;
// A beating heart says more than GitHub can. One beat may be slightly late.
const LATE = 1.5;

/** The watch after one more read of the lock. Pure. */
export function seeLock(
  before: StaleWatch | undefined,
  lock: FoundLock,
  findRun: (lock: FoundLock) => HolderRun,
  now: number,
): StaleWatch {
  if (before === undefined || before.lock.holder.raw !== lock.holder.raw) {
    return { lock, run: findRun(lock), stillSince: now, seenAt: now, answer: undefined };
  }
  const stillSince = isSameBeat(before.lock, lock) ? before.stillSince : now;
  return { ...before, lock, stillSince, seenAt: now };
}

/**
 * Whether to ask GitHub about the holder's run: at the first conflict (`askedAt`: the last question about any run),
 * then at most every 30 s while it may have died, and never again after it has ended. Pure.
 */
export function isQuestionDue(watch: StaleWatch, askedAt: number | undefined, now: number): boolean {
  const { run, answer, lock, stillSince } = watch;
  if (run.kind === 'none' || answer?.status.kind === 'completed') return false;
  if (askedAt === undefined) return true;
  const quietMs = LATE * (lock.heartbeat?.intervalMs ?? 0);
  return now - askedAt >= ASK_EVERY_MS && now - stillSince >= quietMs;
}

/**
 * What is proven by `now` about the lock as it was last seen: its run ended and its heartbeat stood still for three
 * intervals. Without a heartbeat, or with one that never beat, the run ended `staleAfterMs` ago. The lock's age proves
 * nothing. Pure.
 */
export function proveStale(watch: StaleWatch, limits: ProofLimits, now: number): Staleness {
  const { run, answer, lock, stillSince, seenAt } = watch;
  if (run.kind === 'none') return { kind: 'none', reason: run.reason };
  if (answer === undefined) return { kind: 'none', reason: { kind: 'run_not_looked_up' } };
  const end = proveRunEnded(statusAt(answer, now), endedForMs(lock, limits.staleAfterMs));
  if (end.kind === 'not_proven') return { kind: 'none', reason: end.reason };
  const { endedMs } = end;
  const wholeMs = watchMs(lock);
  if (wholeMs === undefined) return { kind: 'stale', proof: { endedMs, stillMs: undefined } };
  const until = stillSince + wholeMs;
  if (seenAt >= until) return { kind: 'stale', proof: { endedMs, stillMs: seenAt - stillSince } };
  if (wholeMs > limits.longestWatchMs) {
    return {
      kind: 'none',
      reason: { kind: 'heartbeat_too_slow', intervalMs: lock.heartbeat?.intervalMs ?? 0 },
    };
  }
  return { kind: 'watching', until, reason: { kind: 'heartbeat_unwatched', endedMs, watchMs: wholeMs } };
}

/** GitHub's clock has advanced since its answer, as ours has. */
function statusAt({ status, at }: NonNullable<StaleWatch['answer']>, now: number): RunStatus {
  return status.kind === 'completed' ? { ...status, now: status.now + (now - at) } : status;
}
