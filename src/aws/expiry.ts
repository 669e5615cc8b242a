import type { RetryContext } from './attempts.ts';
import type { Keys } from './clients.ts';
import { sharedRun } from './shared-run.ts';

const marginMs = 5 * 60_000;

/** Keys that are kept while they are valid. */
export interface KeptKeys {
  (): Promise<Keys>;
  /** AWS calls the keys expired, whatever they say themselves, so the next caller gets new ones. */
  forget(): void;
}

/**
 * Keeps the result of `load` until five minutes before it expires. Concurrent callers share one request. Failures are
 * not kept. The wait ends with the current signal and its reason, because some sources of keys don't listen to one
 * (`credential_process`). Under the next signal, the keys are requested again.
 */
export function untilExpiry(
  retryContext: Pick<RetryContext, 'clock' | 'signal'>,
  load: () => Promise<Keys>,
): KeptKeys {
  let kept: Keys | undefined;
  const keep = (keys: Keys): Keys => {
    kept = keys;
    return keys;
  };
  const request = sharedRun(retryContext, (signal) => untilAborted(signal, load().then(keep)));
  const get = (): Promise<Keys> =>
    kept && isFresh(kept, retryContext.clock.now()) ? Promise.resolve(kept) : request();
  const forget = (): void => {
    kept = undefined;
  };
  return Object.assign(get, { forget });
}

function isFresh({ expiration }: Keys, now: number): boolean {
  return expiration === undefined || now < expiration.getTime() - marginMs;
}

/** Ends the wait, but not the work. */
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
