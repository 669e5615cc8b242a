import type { Clock } from '../time/clock.ts';
import type { CallAttempt } from './aws.ts';
import { errorFacts } from './error-facts.ts';
import { AwsError, toAwsError } from './errors.ts';
import type { FailureContext } from './failure.ts';
import { mayAttemptHaveActed } from './in-doubt.ts';
import { type Chance, findRetryChance, type Patience, retryDelay, type Tried } from './retry.ts';

/** Limits the rate of requests as AWS asks. */
export interface RequestRate {
  turn(): Promise<void>;
  /** `undefined` when the request succeeded. */
  learn(error: unknown): void;
}

/** What decides about repeated attempts. */
export interface RetryContext extends Patience {
  clock: Clock;
  signal: AbortSignal;
  random(): number;
  /** The rate limit of `retry_mode: adaptive`. */
  rate: RequestRate | undefined;
  onCall?: ((call: CallAttempt) => void) | undefined;
}

/** The context of a failure, as far as the caller knows it. */
export type PartialContext = Omit<FailureContext, 'attempts' | 'aborted' | 'now'>;

/** How the retries of a call differ from those of others. */
export interface Manner {
  /** Gives up after this many ms, because there is another way to the same result. */
  readonly tryForMs?: number | undefined;
}

/**
 * Sends until it succeeds, the error is final, the patience is used up or the signal ends it.
 *
 * @throws AwsError
 */
export async function attempt<T>(
  retryContext: RetryContext,
  describe: () => PartialContext,
  send: (signal: AbortSignal) => Promise<T>,
  manner: Manner = {},
): Promise<T> {
  const { maxAttempts, tryForMs, clock, signal, random, rate } = retryContext;
  const patience = { maxAttempts, tryForMs: Math.min(tryForMs, manner.tryForMs ?? tryForMs) };
  const startedAt = clock.monotonic();
  const report = createAttemptReport(retryContext, describe);
  let mayHaveActedEarlier = false;
  let before: string | undefined;
  for (let attempts = 1; ; attempts += 1) {
    try {
      signal.throwIfAborted();
      await rate?.turn();
      const answer = await report(attempts, () => send(signal));
      rate?.learn(undefined);
      return answer;
    } catch (error) {
      rate?.learn(error);
      const now = clock.now();
      const context = { ...describe(), attempts, mayHaveActedEarlier, aborted: signal.aborted, now };
      const tried = { attempts, elapsedMs: clock.monotonic() - startedAt };
      const isEnd = isFinal(error, signal) || isGivenUp(manner, tried);
      const chance = isEnd ? undefined : findRetryChance(error);
      const delay = retryDelay(chance, tried, patience, random);
      if (delay === undefined) throw toAwsError(reasonFor(error, signal), { ...context, before });
      before = nameFailure(error);
      mayHaveActedEarlier ||= mayAttemptHaveActed(error, context);
      await clock.sleep(delay, signal).catch((reason: unknown) => {
        throw toAwsError(reason, { ...context, before, aborted: true });
      });
    }
  }
}

/** Regardless of the number of attempts: hanging attempts would use up the time for the other way. */
function isGivenUp({ tryForMs = Number.POSITIVE_INFINITY }: Manner, { elapsedMs }: Tried): boolean {
  return elapsedMs >= tryForMs;
}

/** Passes each attempt to `onCall`. A typed error comes from a nested call, which reported its own attempts. */
function createAttemptReport({ clock, onCall }: RetryContext, describe: () => PartialContext) {
  return async <T>(attempt: number, send: () => Promise<T>): Promise<T> => {
    if (onCall === undefined) return await send();
    const sentAt = clock.monotonic();
    const report = (trouble: string | undefined): void => {
      const { api, resource } = describe();
      onCall({ api, resource, attempt, ms: clock.monotonic() - sentAt, trouble });
    };
    try {
      const answer = await send();
      report(undefined);
      return answer;
    } catch (error) {
      if (!(error instanceof AwsError)) report(nameFailure(error));
      throw error;
    }
  };
}

/** What is repeated, and the error that it throws in the end. */
export interface Repetition<T> {
  readonly work: (signal: AbortSignal) => Promise<T>;
  readonly chance: (error: unknown) => Chance | undefined;
}

/**
 * Repeats something that is not a call to AWS, with the same policy. Errors: those of the last attempt, the signal's
 * reason.
 */
export async function repeat<T>(
  { maxAttempts, tryForMs, clock, signal, random }: RetryContext,
  { work, chance }: Repetition<T>,
): Promise<T> {
  const startedAt = clock.monotonic();
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted();
    try {
      return await work(signal);
    } catch (error) {
      const tried = { attempts, elapsedMs: clock.monotonic() - startedAt };
      const known = isFinal(error, signal) ? undefined : chance(error);
      const delay = retryDelay(known, tried, { maxAttempts, tryForMs }, random);
      if (delay === undefined) throw error;
      await clock.sleep(delay, signal);
    }
  }
}

/** The failure of an attempt in a word or two, for the message that the time was up. */
function nameFailure(error: unknown): string {
  const { name, code, status } = errorFacts(error);
  const what = name === 'Error' || name === 'TimeoutError' ? (code ?? name) : name;
  return status === undefined ? what : `${what}, status ${status}`;
}

/** Only the signal knows why it ended the call. The SDK says only that it did. */
function reasonFor(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && !(error instanceof AwsError) ? signal.reason : error;
}

/** A typed error comes from a nested call, which had its own attempts. */
function isFinal(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof AwsError;
}
