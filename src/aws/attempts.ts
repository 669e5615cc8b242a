import type { Clock } from './aws.ts';
import { AwsError, mayAttemptHaveActed, toAwsError } from './errors.ts';
import type { FailureContext } from './failure.ts';
import { retryDelay } from './retry.ts';

/** Gives every request its turn, in the time that AWS leaves. */
export interface RequestRate {
  turn(): Promise<void>;
  /** `undefined`: the request worked. */
  learn(error: unknown): void;
}

/** What repeated attempts go by. */
export interface RetryContext {
  maxAttempts: number;
  clock: Clock;
  signal: AbortSignal;
  random(): number;
  /** What `retry_mode: adaptive` waits by. */
  rate: RequestRate | undefined;
}

/** A failure's context as far as the caller knows it. */
export type PartialContext = Omit<FailureContext, 'attempts' | 'aborted' | 'now'>;

/**
 * Sends until it works, the error is final, the attempts are used up or the signal ends it.
 * @throws AwsError
 */
export async function attempt<T>(
  { maxAttempts, clock, signal, random, rate }: RetryContext,
  describe: () => PartialContext,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let mayHaveActedEarlier = false;
  for (let attempts = 1; ; attempts += 1) {
    try {
      signal.throwIfAborted();
      await rate?.turn();
      const answer = await send(signal);
      rate?.learn(undefined);
      return answer;
    } catch (error) {
      rate?.learn(error);
      const now = clock.now();
      const context = { ...describe(), attempts, mayHaveActedEarlier, aborted: signal.aborted, now };
      const delay = isFinal(error, signal) ? undefined : retryDelay(error, attempts, maxAttempts, random);
      if (delay === undefined) throw toAwsError(reasonFor(error, signal), context);
      mayHaveActedEarlier ||= mayAttemptHaveActed(error, context);
      await clock.sleep(delay, signal).catch((reason: unknown) => {
        throw toAwsError(reason, { ...context, aborted: true });
      });
    }
  }
}

/** Only the signal knows why it ended the call; the SDK says that it did. */
function reasonFor(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && !(error instanceof AwsError) ? signal.reason : error;
}

/** A typed error comes from below, where it had its own attempts. */
function isFinal(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof AwsError;
}
