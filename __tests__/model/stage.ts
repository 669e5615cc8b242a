import type { Actor, Process } from './actor.ts';
import { type Backstage, halt, isLost, openBackstage, quiet, say, signalProcess, wait } from './backstage.ts';
import { type Burst, playSchedule } from './schedule.ts';

export interface Story {
  readonly actor: Actor;
  readonly report: () => Promise<unknown>;
}

/** A request that can be sent, even without its sender. */
export type Send<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Where actors take turns: nothing goes to the network or continues with its answer before its turn, and only
 * one thing happens at a time. So every interleaving can be played and replayed.
 */
export interface Stage {
  /** The events in order, as text. */
  readonly history: readonly string[];
  /** ms since the epoch, on a clock that only sleepers advance. */
  now(): number;
  /** Waits for a turn; forever when the process is dead by then. */
  step(process: Process): Promise<void>;
  /** Sleeps for one turn like any other, which takes no real time. */
  sleep(process: Process, milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Sends a request at its turn and delivers its answer at another. */
  request<T>(process: Process, signal: AbortSignal, send: Send<T>): Promise<T>;
  say(who: string, what: string): void;
  /** A story that begins in the middle of another. */
  join(story: Story): void;
  /** Sends the runner's signal to a process, or kills it. */
  signal(process: Process, how: 'cancelled' | 'killed'): void;
  /** Plays the stories until nobody waits. */
  play(stories: readonly Story[], schedule: readonly Burst[]): Promise<void>;
}

export function openStage(): Stage {
  const stage = openBackstage();
  return {
    history: stage.history,
    now: () => stage.time,
    step: (process) => wait(stage, { process, kind: 'step', late: undefined }),
    sleep: (...how) => sleep(stage, ...how),
    request: (...how) => request(stage, ...how),
    say: (who, what) => say(stage, who, what),
    join: (story) => join(stage, story),
    signal: (process, how) => signalProcess(stage, process, how),
    play: async (stories, schedule) => {
      for (const story of stories) join(stage, story);
      await quiet(stage);
      await playSchedule(stage, schedule);
      if (stage.failures.length > 0) throw new AggregateError(stage.failures, String(stage.failures[0]));
    },
  };
}

function join(stage: Backstage, { actor, report }: Story): void {
  stage.cast.push(actor);
  stage.busy.add(actor);
  report()
    .catch((error: unknown) => stage.failures.push(error))
    .finally(() => {
      if (!isLost(actor)) actor.state = 'ended';
      halt(stage, actor);
    });
}

async function sleep(
  stage: Backstage,
  process: Process,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const due = stage.time + milliseconds;
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await wait(stage, { process, kind: 'step', late: undefined }, aborted);
  signal.throwIfAborted();
  stage.time = Math.max(stage.time, due);
}

async function request<T>(
  stage: Backstage,
  process: Process,
  signal: AbortSignal,
  send: Send<T>,
): Promise<T> {
  const late = async (): Promise<void> => void (await send(new AbortController().signal));
  await wait(stage, { process, kind: 'request', late: process.actor.arrivesLate ? late : undefined });
  signal.throwIfAborted();
  stage.underWay += 1;
  const [answer] = await Promise.allSettled([send(signal)]);
  stage.underWay -= 1;
  await wait(stage, { process, kind: 'answer', late: undefined });
  // It was under way when the signal came.
  signal.throwIfAborted();
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value;
}
