import type { RetryContext } from './attempts.ts';
import type { Keys } from './clients.ts';

const marginMs = 5 * 60_000;

/** A request under way, and the signal that ends the wait for it. */
interface Pending {
  signal: AbortSignal;
  keys: Promise<Keys>;
}

/** Keys that are kept as long as they are good. */
export interface KeptKeys {
  (): Promise<Keys>;
  /** AWS calls them expired, whatever they say of themselves: the next caller gets new ones. */
  forget(): void;
}

/**
 * Keeps what `load` gives until five minutes before it expires; callers in the meantime share one request.
 * A failure is not kept. The wait ends with the signal of the moment, with its reason, since not everything that is
 * asked for keys listens to one (`credential_process`); under the next signal they are asked for anew.
 */
export function untilExpiry(
  retryContext: Pick<RetryContext, 'clock' | 'signal'>,
  load: () => Promise<Keys>,
): KeptKeys {
  let kept: Keys | undefined;
  let pending: Pending | undefined;
  const keep = (keys: Keys): Keys => {
    kept = keys;
    return keys;
  };
  const begin = (signal: AbortSignal): Pending => {
    const keys = untilAborted(signal, load().then(keep)).finally(() => {
      if (pending === begun) pending = undefined;
    });
    const begun: Pending = { signal, keys };
    return begun;
  };
  const get = (): Promise<Keys> => {
    const { clock, signal } = retryContext;
    if (kept && isFresh(kept, clock.now())) return Promise.resolve(kept);
    if (pending?.signal !== signal) pending = begin(signal);
    return pending.keys;
  };
  const forget = (): void => {
    kept = undefined;
  };
  return Object.assign(get, { forget });
}

function isFresh({ expiration }: Keys, now: number): boolean {
  return expiration === undefined || now < expiration.getTime() - marginMs;
}

/** Ends the wait, not the work. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
