import { setImmediate as nextTurn } from 'node:timers/promises';

/** How a fake clock starts and behaves. */
export interface FakeClockOptions {
  /** Epoch milliseconds shown by `now()` at the start; 2026-01-02T03:04:05Z when left out. */
  readonly startEpochMs?: number;
  /** When true, each sleep advances the clock by its own length and resolves: no test has to advance it. */
  readonly autoAdvance?: boolean;
}

/** A manual clock: time stands still until a test advances it. */
export interface FakeClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since the clock was made; never goes back. */
  monotonic(): number;
  /** Resolves once the clock has advanced by `ms`; rejects with `signal.reason` when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Advances time by `ms`, waking due sleepers one by one in order and letting each one's work settle. */
  advance(ms: number): Promise<void>;
  /** Remaining milliseconds of every pending sleep, shortest first. */
  pending(): number[];
  /** Length of every sleep so far, in order. */
  readonly slept: number[];
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

interface Timeline {
  elapsed: number;
  readonly sleepers: Set<Sleeper>;
}

const DEFAULT_START = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Lets promise callbacks, I/O callbacks and what those queue in turn run to their end. */
export async function flush(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await nextTurn();
}

/**
 * Makes a fake clock; the argument is the epoch start in ms, or options.
 * Work that goes over a socket is not waited for by `advance`: await its own promise.
 */
export function createFakeClock(start: number | FakeClockOptions = {}): FakeClock {
  const options = typeof start === 'number' ? { startEpochMs: start } : start;
  const epoch = options.startEpochMs ?? DEFAULT_START;
  const timeline: Timeline = { elapsed: 0, sleepers: new Set() };
  const slept: number[] = [];
  return {
    now: () => epoch + timeline.elapsed,
    monotonic: () => timeline.elapsed,
    slept,
    pending: () => byDue(timeline).map((sleeper) => sleeper.due - timeline.elapsed),
    advance: (ms) => advance(timeline, ms),
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      slept.push(ms);
      if (options.autoAdvance !== true) return addSleeper(timeline, ms, signal);
      timeline.elapsed += Math.max(0, ms);
      await flush(1);
      signal.throwIfAborted();
    },
  };
}

function byDue(timeline: Timeline): Sleeper[] {
  return [...timeline.sleepers].sort((a, b) => a.due - b.due);
}

function addSleeper(timeline: Timeline, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      timeline.sleepers.delete(sleeper);
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      leave();
      reject(signal.reason);
    };
    const sleeper: Sleeper = {
      due: timeline.elapsed + Math.max(0, ms),
      wake: () => {
        leave();
        resolve();
      },
    };
    timeline.sleepers.add(sleeper);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

async function advance(timeline: Timeline, ms: number): Promise<void> {
  const target = timeline.elapsed + ms;
  await flush();
  for (let next = byDue(timeline)[0]; next && next.due <= target; next = byDue(timeline)[0]) {
    timeline.elapsed = Math.max(timeline.elapsed, next.due);
    next.wake();
    await flush();
  }
  timeline.elapsed = target;
  await flush();
}
