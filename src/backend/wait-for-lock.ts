import type { LockHolder } from './lock-info.ts';
import type { AcquireOutcome } from './lock-table.ts';

/** The part of the clock that waiting needs: ms of a monotonic clock, and an abortable sleep. */
export interface WaitClock {
  monotonic(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface WaitOptions {
  /** One try to take the lock. */
  readonly tryAcquire: () => Promise<AcquireOutcome>;
  /** How long to go on trying, in ms; 0 is one try, as in Terraform. */
  readonly timeoutMs: number;
  readonly clock: WaitClock;
  readonly signal: AbortSignal;
  /** Between 0 and 1; spreads the waiters. */
  readonly random: () => number;
  /** Told at the first conflict and then at most once a minute. */
  readonly onWaiting: (holder: LockHolder | undefined, waitedMs: number) => void;
}

/** `waitedMs` counts from the first try. `holder` is undefined when the lock kept changing hands unseen. */
export type WaitOutcome =
  | { readonly kind: 'held'; readonly waitedMs: number }
  | { readonly kind: 'timeout'; readonly waitedMs: number; readonly holder: LockHolder | undefined };

const FIRST_DELAY_MS = 250;
// A freed lock is to be taken within 5 s: the longest pause plus a call stays below that.
const LONGEST_DELAY_MS = 4_000;
const LOG_EVERY_MS = 60_000;
// With no time to wait, a holder that vanishes is tried again a few times: each time the lock was free.
const VANISHED_TRIES = 5;

/**
 * Tries until the lock is ours or the time is up, pausing with jitter between tries.
 * A lock that vanished before its holder could be read is free, and tried again at once (spec 4.4).
 * Errors: whatever `tryAcquire` throws, and the signal's reason when aborted.
 */
export async function waitForLock(options: WaitOptions): Promise<WaitOutcome> {
  const { clock, signal, timeoutMs } = options;
  const startedAt = clock.monotonic();
  let lastLoggedAt = Number.NEGATIVE_INFINITY;
  let vanished = 0;
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    const outcome = await options.tryAcquire();
    const waitedMs = clock.monotonic() - startedAt;
    if (outcome.kind === 'held') return { kind: 'held', waitedMs };
    if (outcome.kind === 'vanished' && vanished < VANISHED_TRIES) {
      vanished += 1;
      continue;
    }
    const holder = outcome.kind === 'conflict' ? outcome.holder : undefined;
    if (waitedMs >= timeoutMs) return { kind: 'timeout', waitedMs, holder };
    if (clock.monotonic() - lastLoggedAt >= LOG_EVERY_MS) {
      options.onWaiting(holder, waitedMs);
      lastLoggedAt = clock.monotonic();
    }
    await clock.sleep(Math.min(pause(attempt, options.random()), timeoutMs - waitedMs), signal);
  }
}

function pause(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return longest * (0.5 + random / 2);
}
