import type { Clock } from '../time/clock.ts';

/** A task at a fixed interval, in ms. It handles its own errors; they end nothing. */
export interface Round<End> {
  readonly everyMs: number;
  /** Returns why the watch must end, if it must. */
  readonly work: () => Promise<End | undefined>;
}

/**
 * Runs each round at its own interval, starting after the first interval. A round that hangs does not delay the others.
 * Returns when all have ended, after the signal (undefined) or the first round that returned a reason. Only the signal
 * interrupts running work, through its calls.
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
