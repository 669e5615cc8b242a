import type { Clock } from './aws.ts';
import type { Keys } from './clients.ts';

const marginMs = 5 * 60_000;

/**
 * Keeps what `load` gives until five minutes before it expires; callers in the meantime share one request.
 * A failure is not kept.
 */
export function untilExpiry(clock: Pick<Clock, 'now'>, load: () => Promise<Keys>): () => Promise<Keys> {
  let kept: Keys | undefined;
  let pending: Promise<Keys> | undefined;
  return () => {
    if (kept && isFresh(kept, clock.now())) return Promise.resolve(kept);
    pending ??= load()
      .then((keys) => {
        kept = keys;
        return keys;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
}

function isFresh({ expiration }: Keys, now: number): boolean {
  return expiration === undefined || now < expiration.getTime() - marginMs;
}
