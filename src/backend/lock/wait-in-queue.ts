import { AwsError } from '../../aws/errors.ts';
import type { Clock } from '../../time/clock.ts';
import { pauseWithin } from '../../time/pause-within.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { FoundLock } from './lock-store.ts';

/** The queue for a lock, as one waiter sees it. */
export interface WaitQueue {
  /**
   * Renews our ticket, with attempts only within this many ms, and returns how many waiters are ahead of us. Errors:
   * AwsError, after which we wait without a queue.
   */
  countAhead(withinMs: number): Promise<number>;
  /** Reads the lock without trying to take it. Undefined: it is free. */
  look(): Promise<FoundLock | undefined>;
  /** Called once, when we can't use the queue. */
  onRefused(error: AwsError): void;
}

/** What a wait for a turn needs. */
export interface TurnOptions {
  readonly queue: WaitQueue;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly signal: AbortSignal;
  /** Between 0 and 1. Spreads the waiters over time. */
  readonly random: () => number;
}

/** What the last try found, and how long to go on, in ms. */
export interface TurnWait {
  readonly holder: LockHolder | undefined;
  /** When the first in the queue must try again at the latest. */
  readonly withinMs: number;
  /** The rest of the whole wait. */
  readonly leftMs: number;
}

/** Called with the number of waiters ahead of us, or undefined when there is no queue. */
export type OnPosition = (ahead: number | undefined) => void;

/** How a wait for a turn ended: it is our turn to try, we looked at the lock and it is held, or there is no queue. */
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
 * The first in the queue pauses between its tries for a fiftieth of the time since the last change. Newcomers then seldom
 * find a free lock that others wait for, however long locks are held. The longest pause and a call take less than the 5 s
 * within which a freed lock is taken.
 */
const FIRST_PAUSE = { share: 1 / 50, shortestMs: 400, longestMs: 4_000 };
/** The others renew their tickets, less often the further back they are. */
const BEHIND_PAUSE = { share: 1 / 20, shortestMs: 1_000, longestMs: 2_500 };
const LONGEST_PAUSE_MS = 15_000;
/** How often the first in the queue renews its ticket while it tries. */
const RENEW_EVERY_MS = 8_000;
/**
 * When the others look at the lock: first after 10 s, because it may have a new holder by then, and afterwards once a
 * minute.
 */
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
    return clock.sleep(pauseWithin(pauseMs, until, clock), signal);
  };
  const waitBehind = async (ahead: number, until: number): Promise<TurnEnd | undefined> => {
    const now = clock.monotonic();
    if (now >= lookAt && now < until) {
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
      const until = startedAt + leftMs;
      position.sawHolder(holder);
      // When the time is up, the last try is all that is left to do.
      while (clock.monotonic() < until) {
        signal.throwIfAborted();
        const { ahead, isNew } = await position.renew(until - clock.monotonic());
        onPosition(ahead);
        if (ahead === undefined) return { kind: 'no_queue' };
        if (ahead === 0) {
          // If those ahead of us have just left, the lock may be free.
          if (!isNew) await sleepAt(0, startedAt + withinMs);
          return TURN;
        }
        const end = await waitBehind(ahead, until);
        if (end !== undefined) return end;
      }
      return TURN;
    },
  };
}

/** Our last known position in the queue. */
interface Position {
  sawHolder(holder: LockHolder | undefined): void;
  /** `ahead`: undefined when there is no queue. `isNew`: whether our position has changed. */
  renew(withinMs: number): Promise<{ readonly ahead: number | undefined; readonly isNew: boolean }>;
  /** The time since the last change of holder or position, in ms. */
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
    renew: async (withinMs) => {
      if (isRefused) return { ahead: undefined, isNew: false };
      const before = ahead;
      if (before === 0 && clock.monotonic() - renewedAt < RENEW_EVERY_MS) return { ahead, isNew: false };
      try {
        ahead = await queue.countAhead(withinMs);
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
