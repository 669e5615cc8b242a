import { AwsError } from '../aws/errors.ts';
import type { OurLock } from '../backend/lock/lock-store.ts';
import type { StateLock } from '../backend/lock/state-lock.ts';
import type { WaitQueue } from '../backend/lock/wait-in-queue.ts';
import { decisionLine } from '../messages/debug-text.ts';
import type { Runner } from '../runner/runner.ts';
import type { Clock } from '../time/clock.ts';

/** The queue for a lock, for a step that waits in it. */
export function waitQueue(
  { runner, clock }: { readonly runner: Pick<Runner, 'debug'>; readonly clock: Pick<Clock, 'monotonic'> },
  stores: StateLock,
  lock: OurLock,
): WaitQueue {
  return {
    countAhead: (withinMs) => stores.queue.countAhead(lock, clock.monotonic(), withinMs),
    look: async () => (await stores.read())[0],
    onRefused: (error) => runner.debug(decisionLine('lock', 'wait without a queue', describe(error))),
  };
}

/**
 * Gives up our place in the queue, if we have one. Never throws, because the others pass over a ticket that nobody
 * renews.
 */
export function leaveQueue(runner: Pick<Runner, 'debug'>, stores: StateLock): Promise<void> {
  return orStays(runner, stores.queue.leave());
}

/** Gives up the place that another process of this job had in the queue for this lock. Never throws. */
export function removeTicket(
  runner: Pick<Runner, 'debug'>,
  stores: StateLock,
  lock: Pick<OurLock, 'id'>,
): Promise<void> {
  return orStays(runner, stores.queue.removeTicket(lock));
}

async function orStays(runner: Pick<Runner, 'debug'>, removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    runner.debug(decisionLine('lock', 'the ticket in the queue stays', describe(error)));
  }
}

function describe(error: unknown): string {
  if (!(error instanceof AwsError)) return String(error);
  return `${error.api}: ${error.failure.code ?? error.kind}`;
}
