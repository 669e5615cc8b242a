import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { type ErrorFacts, errorFacts } from './error-facts.ts';

const baseMs = 100;
const throttledBaseMs = 500;
/** Short enough to notice the end of an outage soon. */
const capMs = 10_000;
const throttledCapMs = 20_000;
/** The SDK knows the right time after the first refusal. */
const clockSkewAttempts = 2;

const unreachableCodes = new Set([
  'ENOTFOUND',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_PROXY_UNAVAILABLE',
]);
/** S3's and DynamoDB's names for a key service that did not answer, or not in time. */
const keyServiceNames = /^KMS\.(KMS)?(Internal|DependencyTimeout|KeyUnavailable|ServiceUnavailable)/;
const keyServiceThrottled = /^KMS\.(KMS)?(Throttling|LimitExceeded|RequestLimitExceeded)/;
const brokenStreamCodes = new Set(['ECONNRESET', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);
const skewNames = new Set(['RequestTimeTooSkewed', 'RequestInTheFuture', 'RequestExpired']);
const conflictNames = new Set([
  'ConditionalRequestConflict',
  'OperationAborted',
  'TransactionConflict',
  'TransactionConflictException',
  'TransactionInProgressException',
  'ReplicatedWriteConflictException',
  'IncompleteBody',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'IDPCommunicationError',
  'IDPCommunicationErrorException',
]);
const throttledReasons =
  /^(Throttling(Error|Exception)?|ProvisionedThroughputExceeded(Exception)?|RequestLimitExceeded)$/;
const transientReasons =
  /^(TransactionConflict|TransactionInProgress|ReplicatedWriteConflict|InternalServerError)(Exception)?$/;

/** How long to try. Attempts continue until both limits are used up. */
export interface Patience {
  /** Attempts in all. */
  readonly maxAttempts: number;
  /** Milliseconds from the first attempt to the last one. */
  readonly tryForMs: number;
}

/** What was tried so far, including the attempt that just failed. */
export interface Tried {
  readonly attempts: number;
  readonly elapsedMs: number;
}

/** What a failure says about another attempt. */
export interface Chance {
  /** Further attempts would not help. */
  readonly attempts: number;
  /** The limit in ms, whatever the step's patience. */
  readonly tryForMs?: number;
  readonly baseMs: number;
  readonly capMs: number;
}

/** Failures that may pass only with time. */
export const OUTAGE: Chance = { attempts: Number.POSITIVE_INFINITY, baseMs, capMs };

/**
 * The only retry policy: how long to wait, in ms, before the next attempt; `undefined` when it would not help or the
 * patience is used up. The pause is between half and all of a limit that doubles with each attempt, up to 10 s, or 20 s
 * when throttled. The last attempt is made when the time is up. Pure; `random` returns 0 to 1.
 */
export function retryDelay(
  chance: Chance | undefined,
  { attempts, elapsedMs }: Tried,
  { maxAttempts, tryForMs }: Patience,
  random: () => number,
): number | undefined {
  if (chance === undefined || attempts >= chance.attempts) return undefined;
  const bound = Math.min(chance.capMs, chance.baseMs * 2 ** (attempts - 1));
  const pause = bound * (0.5 + random() / 2);
  if (attempts < maxAttempts) return pause;
  const leftMs = Math.min(tryForMs, chance.tryForMs ?? tryForMs) - elapsedMs;
  return leftMs <= 0 ? undefined : Math.min(pause, leftMs);
}

/** What the error of a call says about another attempt; `undefined` when it would not help. Pure. */
export function findRetryChance(error: unknown): Chance | undefined {
  const facts = errorFacts(error);
  if (facts.name === 'AbortError') return undefined;
  if (isClockSkew(facts)) {
    return facts.clockSkewCorrected ? { ...OUTAGE, attempts: clockSkewAttempts } : undefined;
  }
  if (facts.code !== undefined && unreachableCodes.has(facts.code)) return OUTAGE;
  if (isThrottled(facts)) return { ...OUTAGE, baseMs: throttledBaseMs, capMs: throttledCapMs };
  return isTransient(facts) ? OUTAGE : undefined;
}

/** Whether AWS refused the date of the signature. */
export function isClockSkew(facts: ErrorFacts): boolean {
  if (skewNames.has(facts.name)) return true;
  const signature = facts.name === 'InvalidSignatureException' || facts.name === 'SignatureDoesNotMatch';
  return signature && /Signature (expired|not yet current)/.test(facts.message);
}

/** Whether AWS asked us to slow down. */
export function isThrottled(facts: ErrorFacts): boolean {
  if (facts.name === 'ThrottlingError' || keyServiceThrottled.test(facts.name)) return true;
  if (facts.name === 'TransactionCanceledException') {
    return isTransientCancellation(facts) && facts.reasons.some(({ code }) => throttledReasons.test(code));
  }
  return isThrottlingError(sdkView(facts));
}

function isTransient(facts: ErrorFacts): boolean {
  if (facts.code !== undefined && brokenStreamCodes.has(facts.code)) return true;
  if (conflictNames.has(facts.name) || keyServiceNames.test(facts.name) || isKeyNotFetched(facts))
    return true;
  if (facts.name === 'TransactionCanceledException') return isTransientCancellation(facts);
  return facts.status === 501 ? false : isTransientError(sdkView(facts)) || (facts.status ?? 0) >= 500;
}

/** STS could not fetch the issuer's keys in time. The other errors with that name are final. */
function isKeyNotFetched({ name, message }: ErrorFacts): boolean {
  return name.startsWith('InvalidIdentityToken') && /retrieve verification key/i.test(message);
}

/** A failed condition is decisive, whatever else failed with it. */
function isTransientCancellation({ reasons }: ErrorFacts): boolean {
  const failed = reasons.filter(({ code }) => code !== 'None');
  return (
    failed.length > 0 &&
    failed.every(({ code }) => throttledReasons.test(code) || transientReasons.test(code))
  );
}

/**
 * The error without the SDK's "clock corrected" mark. On a machine with a wrong clock, the SDK sets it on every error,
 * even a failed condition, and then treats that as transient.
 */
function sdkView({ name, message, code, status }: ErrorFacts): SdkError & { code: string } {
  return { name, message, code: code ?? '', $metadata: { httpStatusCode: status ?? 0 } };
}

type SdkError = Parameters<typeof isThrottlingError>[0];
