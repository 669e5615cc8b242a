import { AwsError } from '../../aws/errors.ts';
import type { Clock } from '../../time/clock.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { FoundLock } from './lock-store.ts';

/** The queue for a lock, as one of those in it sees it. */
export interface WaitQueue {
  /** Renews our ticket. How many wait before us. Errors: AwsError, after which we wait without a queue. */
  countAhead(): Promise<number>;
  /** The lock as it is, without a try to take it; undefined: it is free. */
  look(): Promise<FoundLock | undefined>;
  /** Told once, when there is no queue for us. */
  onRefused(error: AwsError): void;
}

/** What a wait for a turn goes by. */
export interface TurnOptions {
  readonly queue: WaitQueue;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly signal: AbortSignal;
  /** Between 0 and 1; spreads the waiters. */
  readonly random: () => number;
}

/** What a try found, and for how long to go on, in ms. */
export interface TurnWait {
  readonly holder: LockHolder | undefined;
  /** The next try of whoever is first is due by then. */
  readonly withinMs: number;
  /** All that is left of the wait. */
  readonly leftMs: number;
}

/** Told how many wait before us; undefined: there is no queue. */
export type OnPosition = (ahead: number | undefined) => void;

/** How a wait for a turn ended: with our turn to try, with a look at the lock in the way, or because there is no queue. */
export type TurnEnd =
  | { readonly kind: 'turn' }
  | { readonly kind: 'looked'; readonly lock: FoundLock }
  | { readonly kind: 'no_queue' };

/** The pauses between the tries of one waiter. */
export interface Turns {
  /** Sleeps until we may try again. Errors: the signal's reason. */
  next(wait: TurnWait, onPosition: OnPosition): Promise<TurnEnd>;
}

/**
 * The first in the queue asks for the lock every fiftieth of the time for which nothing has changed, so that newcomers seldom find a lock
 * free that others wait for, however long locks are held. The longest pause plus a call keeps below the 5 s within which a freed lock is taken.
 */
const FIRST_PAUSE = { share: 1 / 50, shortestMs: 400, longestMs: 4_000 };
/** Those behind renew their tickets, the less often the more wait before them. */
const BEHIND_PAUSE = { share: 1 / 20, shortestMs: 1_000, longestMs: 2_500 };
const LONGEST_PAUSE_MS = 15_000;
/** Whoever is first renews its ticket beside its tries. */
const RENEW_EVERY_MS = 8_000;
/** When those behind look at the lock: soon, since the holder may be another one by then, and afterwards once a minute. */
const FIRST_LOOK_MS = 10_000;
const LOOK_EVERY_MS = 60_000;

const TURN = { kind: 'turn' } as const;

/** Takes turns with the others in a queue. */
export function takeTurns(options: TurnOptions): Turns {
  const { queue, clock, signal, random } = options;
  const position = keepPosition(options);
  let lookAt = clock.monotonic() + FIRST_LOOK_MS;
  const sleepAt = (ahead: number, until: number): Promise<void> => {
    const pauseMs = pause(ahead, position.steadyMs(), random());
    return clock.sleep(Math.max(0, Math.min(pauseMs, until - clock.monotonic())), signal);
  };
  const waitBehind = async (ahead: number, until: number): Promise<TurnEnd | undefined> => {
    const now = clock.monotonic();
    if (now >= until) return TURN;
    if (now >= lookAt) {
      lookAt = now + LOOK_EVERY_MS;
      const lock = await queue.look();
      if (lock !== undefined) return { kind: 'looked', lock };
    }
    await sleepAt(ahead, until);
    return undefined;
  };
  return {
    next: async ({ holder, withinMs, leftMs }, onPosition) => {
      const startedAt = clock.monotonic();
      position.sawHolder(holder);
      for (;;) {
        signal.throwIfAborted();
        const { ahead, isNew } = await position.renew();
        onPosition(ahead);
        if (ahead === undefined) return { kind: 'no_queue' };
        if (ahead === 0) {
          // Where those before us have just gone, the lock may be free.
          if (!isNew) await sleepAt(0, startedAt + withinMs);
          return TURN;
        }
        const end = await waitBehind(ahead, startedAt + leftMs);
        if (end !== undefined) return end;
      }
    },
  };
}

/** Our position in the queue, as far as we know. */
interface Position {
  sawHolder(holder: LockHolder | undefined): void;
  /** `ahead` undefined: there is no queue. `isNew`: we have moved up to this position. */
  renew(): Promise<{ readonly ahead: number | undefined; readonly isNew: boolean }>;
  /** For how long nothing has changed. */
  steadyMs(): number;
}

function keepPosition({ queue, clock }: TurnOptions): Position {
  let raw: string | undefined;
  let ahead: number | undefined;
  let isRefused = false;
  let changedAt = clock.monotonic();
  let renewedAt = Number.NEGATIVE_INFINITY;
  return {
    sawHolder: (holder) => {
      if (holder?.raw === raw) return;
      raw = holder?.raw;
      changedAt = clock.monotonic();
    },
    renew: async () => {
      if (isRefused) return { ahead: undefined, isNew: false };
      const before = ahead;
      if (before === 0 && clock.monotonic() - renewedAt < RENEW_EVERY_MS) return { ahead, isNew: false };
      try {
        ahead = await queue.countAhead();
      } catch (error) {
        if (!(error instanceof AwsError) || error.kind === 'aborted') throw error;
        isRefused = true;
        ahead = undefined;
        queue.onRefused(error);
      }
      renewedAt = clock.monotonic();
      if (ahead !== before) changedAt = renewedAt;
      return { ahead, isNew: before !== undefined && ahead !== before };
    },
    steadyMs: () => clock.monotonic() - changedAt,
  };
}

function pause(ahead: number, steadyMs: number, random: number): number {
  const { share, shortestMs, longestMs } = ahead === 0 ? FIRST_PAUSE : BEHIND_PAUSE;
  const one = Math.min(longestMs, Math.max(shortestMs, steadyMs * share));
  return Math.min(LONGEST_PAUSE_MS, one * Math.max(1, ahead)) * (0.5 + random / 2);
}
