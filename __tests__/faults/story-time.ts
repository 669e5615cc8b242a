import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CleanupPhase,
  type EndOfWork,
  Interrupted,
  OutOfTime,
  type WorkLimits,
} from '../../src/runner/interrupt.ts';
import type { Clock } from '../../src/time/clock.ts';

/** A story's clock and end, on virtual time without real waits. */
export interface StoryTime extends EndOfWork {
  readonly clock: Clock;
  /** Advances time; aborts the current signal when its time is up. Returns whether it did. */
  pass(milliseconds: number): boolean;
  /** Stops time while a call is under way: until its answer arrives, and until `untilRead` if more of it follows. */
  duringCall<Answer>(
    work: () => Promise<Answer>,
    untilRead?: (answer: Answer) => Promise<unknown>,
  ): Promise<Answer>;
  /** The runner's SIGINT, followed by its grace period. */
  interrupt(): void;
}

/** One time budget: of the work, or of a final action. */
interface Budget {
  readonly controller: AbortController;
  due: number;
  reason: Error;
}

// As in src/runner/interrupt.ts.
const AFTER_INTERRUPT_MS: Readonly<Record<CleanupPhase, number>> = { rescue: 3_000, release: 3_500 };
const AFTER_DEADLINE_MS: Readonly<Record<CleanupPhase, number>> = { rescue: 40_000, release: 60_000 };

/** The parallel tasks of a story. */
export interface Tasks {
  readonly count: number;
  /** Whether some may wait for a call of another, so they never all sleep. */
  readonly share: boolean;
}

/** Time for one story: `endOfWork`, and a clock that advances instantly whenever all of its tasks sleep. */
export function createStoryTime({ graceMs, totalMs }: WorkLimits, tasks: Tasks): StoryTime {
  const startedAt = Date.now();
  const work = newBudget(totalMs ?? Number.POSITIVE_INFINITY, new OutOfTime(totalMs ?? 0));
  const last = new Map<CleanupPhase, Budget>();
  let elapsed = 0;
  let current = work;
  let isInterrupted = false;
  const pass = (milliseconds: number): boolean => {
    const isUp = elapsed + milliseconds >= current.due;
    elapsed = isUp ? Math.max(elapsed, current.due) : elapsed + milliseconds;
    if (isUp) current.controller.abort(current.reason);
    return isUp;
  };
  let calls = 0;
  const sleepUntil = createSleep(
    tasks,
    () => calls > 0,
    (due) => pass(due - elapsed),
  );
  return {
    signal: work.controller.signal,
    cleanupSignal: (purpose) => {
      const milliseconds = (isInterrupted ? AFTER_INTERRUPT_MS : AFTER_DEADLINE_MS)[purpose];
      current = last.get(purpose) ?? newBudget(elapsed + milliseconds, new OutOfTime(milliseconds));
      last.set(purpose, current);
      return current.controller.signal;
    },
    clock: {
      now: () => startedAt + elapsed,
      monotonic: () => elapsed,
      sleep: async (milliseconds, signal) => {
        signal.throwIfAborted();
        await sleepUntil(elapsed + milliseconds, signal);
        signal.throwIfAborted();
      },
    },
    pass,
    duringCall: async (work, untilRead = async () => {}) => {
      const end = (): void => {
        calls -= 1;
      };
      calls += 1;
      const answer = work();
      answer.then(untilRead).then(end, end);
      return await answer;
    },
    interrupt: () => {
      if (!isInterrupted) Object.assign(work, { due: elapsed + graceMs, reason: new Interrupted('SIGINT') });
      isInterrupted = true;
      pass(current.due - elapsed);
    },
  };
}

const ENDLESS: WorkLimits = { graceMs: 0, totalMs: undefined, tryForMs: Number.POSITIVE_INFINITY };

/**
 * The time of several parallel stories on one clock. It never ends their work. `count`: the total of their
 * parallel tasks.
 */
export function createSharedTime(count: number): StoryTime {
  return createStoryTime(ENDLESS, { count, share: true });
}

/** The same time for a story that is killed at a moment, in ms: its later waits never end. */
export function killedAt(time: StoryTime, at: number): StoryTime {
  const { clock } = time;
  const sleep: Clock['sleep'] = async (milliseconds, signal) => {
    await clock.sleep(milliseconds, signal);
    if (clock.monotonic() >= at) await new Promise(() => {});
  };
  return { ...time, clock: { ...clock, sleep } };
}

function newBudget(due: number, reason: Error): Budget {
  return { controller: new AbortController(), due, reason };
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Node's names of resources that wait for the disk or another process. */
const UNDER_WAY = /^(FSReq|CloseReq|GetAddrInfo|Process)/;
/** Finished work starts its next step within that many turns of the event loop. */
const QUIET_TURNS = 5;

/** Sleeps that end whenever all tasks sleep: the one due first ends first, and `reach` advances the clock to it. */
function createSleep({ count, share }: Tasks, isBusy: () => boolean, reach: (due: number) => void) {
  const sleepers = new Set<Sleeper>();
  const wakeFirst = (): void => {
    const [first] = [...sleepers].sort((a, b) => a.due - b.due);
    if (first === undefined) return;
    reach(first.due);
    first.wake();
  };
  const goOn = async (sleeper: Sleeper): Promise<void> => {
    await nextTurn();
    while (sleepers.has(sleeper)) {
      const allSleep = sleepers.size >= count;
      if (!allSleep && !share) return;
      if ((allSleep || (await nothingMoves())) && sleepers.has(sleeper)) wakeFirst();
      await nextTurn();
    }
  };
  // Some tasks may wait for another one instead of sleeping: then time stands still, however slow the machine is.
  const nothingMoves = async (): Promise<boolean> => {
    for (let turn = 0; turn < QUIET_TURNS; turn += 1) {
      if (isBusy() || process.getActiveResourcesInfo().some((name) => UNDER_WAY.test(name))) return false;
      await nextTurn();
    }
    return true;
  };
  return (due: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { due, wake };
      signal.addEventListener('abort', wake);
      sleepers.add(sleeper);
      void goOn(sleeper);
    });
}
