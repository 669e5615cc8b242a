import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { type ErrorFacts, errorFacts } from './error-facts.ts';

const baseMs = 100;
const throttledBaseMs = 500;
const capMs = 20_000;
/** A name that doesn't resolve or a port that refuses is seldom cured by waiting. */
const unreachableAttempts = 3;
/** The SDK knows the right time after the first refusal. */
const clockSkewAttempts = 2;

const unreachableCodes = new Set([
  'ENOTFOUND',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_PROXY_UNAVAILABLE',
]);
const brokenStreamCodes = new Set(['ECONNRESET', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);
const skewNames = new Set(['RequestTimeTooSkewed', 'RequestInTheFuture', 'RequestExpired']);
const conflictNames = new Set([
  'ConditionalRequestConflict',
  'OperationAborted',
  'TransactionConflict',
  'TransactionConflictException',
  'IDPCommunicationError',
  'IDPCommunicationErrorException',
]);
const transientReasons = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

/**
 * The one retry policy: how long to wait, in ms, after attempt number `attempt` (from 1) failed; `undefined`
 * when another would be in vain or `maxAttempts` are used up. Full jitter: evenly from 0 to a bound that
 * doubles with each attempt, 20 s at most. Pure; `random` gives 0 to 1.
 */
export function retryDelay(
  error: unknown,
  attempt: number,
  maxAttempts: number,
  random: () => number,
): number | undefined {
  const chance = findRetryChance(error);
  if (chance === undefined || attempt >= Math.min(maxAttempts, chance.attempts)) return undefined;
  return random() * Math.min(capMs, chance.baseMs * 2 ** (attempt - 1));
}

interface Chance {
  attempts: number;
  baseMs: number;
}

function findRetryChance(error: unknown): Chance | undefined {
  const facts = errorFacts(error);
  if (facts.name === 'AbortError') return undefined;
  if (isClockSkew(facts)) {
    return facts.clockSkewCorrected ? { attempts: clockSkewAttempts, baseMs } : undefined;
  }
  if (facts.code !== undefined && unreachableCodes.has(facts.code)) {
    return { attempts: unreachableAttempts, baseMs };
  }
  if (isThrottled(facts)) return { attempts: Number.POSITIVE_INFINITY, baseMs: throttledBaseMs };
  return isTransient(facts) ? { attempts: Number.POSITIVE_INFINITY, baseMs } : undefined;
}

/** Whether the signature was refused for its date. */
export function isClockSkew(facts: ErrorFacts): boolean {
  if (skewNames.has(facts.name)) return true;
  const signature = facts.name === 'InvalidSignatureException' || facts.name === 'SignatureDoesNotMatch';
  return signature && /Signature (expired|not yet current)/.test(facts.message);
}

/** Whether AWS asked us to slow down. */
export function isThrottled(facts: ErrorFacts): boolean {
  return facts.name === 'ThrottlingError' || isThrottlingError(sdkView(facts));
}

function isTransient(facts: ErrorFacts): boolean {
  if (facts.code !== undefined && brokenStreamCodes.has(facts.code)) return true;
  if (conflictNames.has(facts.name) || isKeyNotFetched(facts)) return true;
  if (facts.name === 'TransactionCanceledException') return isTransientCancellation(facts);
  return facts.status === 501 ? false : isTransientError(sdkView(facts)) || (facts.status ?? 0) >= 500;
}

/** STS could not get the issuer's keys at once; the other errors of that name are final. */
function isKeyNotFetched({ name, message }: ErrorFacts): boolean {
  return name.startsWith('InvalidIdentityToken') && /retrieve verification key/i.test(message);
}

/** A failed condition decides, whatever else went wrong beside it. */
function isTransientCancellation({ reasons }: ErrorFacts): boolean {
  const failed = reasons.filter(({ code }) => code !== 'None');
  return failed.length > 0 && failed.every(({ code }) => transientReasons.has(code));
}

/**
 * The error without the SDK's "clock corrected" mark: on a machine whose clock is wrong, the SDK sets it on every
 * error, a failed condition included, and then calls that transient.
 */
function sdkView({ name, message, code, status }: ErrorFacts): SdkError & { code: string } {
  return { name, message, code: code ?? '', $metadata: { httpStatusCode: status ?? 0 } };
}

type SdkError = Parameters<typeof isThrottlingError>[0];
