import type { Clock } from '../time/clock.ts';

/** Something to be done at a steady interval, in ms. Its errors are its own: they end nothing. */
export interface Round<End> {
  readonly everyMs: number;
  /** Returns why the watch is to end, if it is. */
  readonly work: () => Promise<End | undefined>;
}

/**
 * Makes each round at its own pace, the first after one interval, so that one whose work hangs holds up no other.
 * Returns once all have ended, after the signal (undefined) or the first round that gave a reason; work that has
 * begun is ended only by the signal, through its calls.
 */
export async function keepWatch<End>(
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
  rounds: readonly Round<End>[],
): Promise<End | undefined> {
  const stop = new AbortController();
  const asleep = AbortSignal.any([signal, stop.signal]);
  let end: End | undefined;
  const keepUp = async ({ everyMs, work }: Round<End>): Promise<void> => {
    while (await sleptThrough(clock, everyMs, asleep)) {
      const reason = await work();
      end ??= reason;
      if (end !== undefined) stop.abort();
    }
  };
  await Promise.all(rounds.map(keepUp));
  return end;
}

async function sleptThrough(clock: Pick<Clock, 'sleep'>, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
