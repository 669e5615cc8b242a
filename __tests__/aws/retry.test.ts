import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRANSPORT_LIMITS } from '../../src/aws/bounded-transport.ts';
import { findRetryChance, retryDelay } from '../../src/aws/retry.ts';
import { SILENCE_MS } from '../../src/aws/transport.ts';
import { TRY_FOR_MS } from '../../src/runner/interrupt.ts';

const error = (name: string, status?: number, fields: object = {}) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } }, fields);
const network = (code: string) => Object.assign(new Error(code), { code });
const cancelled = (...codes: string[]) =>
  error('TransactionCanceledException', 400, { CancellationReasons: codes.map((Code) => ({ Code })) });
const corrected = (name: string, status: number, message = name) =>
  Object.assign(error(name, status), {
    message,
    $metadata: { httpStatusCode: status, clockSkewCorrected: true },
  });

const again = [
  error('InternalError', 500),
  error('Unknown', 502),
  error('ServiceUnavailable', 503),
  error('Odd', 507),
  error('SlowDown', 503),
  error('TooManyRequests', 429),
  error('ThrottlingException', 400),
  error('ProvisionedThroughputExceededException', 400),
  error('RequestTimeout', 400),
  error('TimeoutError'),
  error('ConditionalRequestConflict', 409),
  error('OperationAborted', 409),
  error('TransactionConflictException', 400),
  error('IDPCommunicationError', 400),
  error('ReplicatedWriteConflictException', 400),
  error('TransactionInProgressException', 400),
  error('KMS.ThrottlingException', 400),
  error('KMS.LimitExceededException', 400),
  error('KMS.KMSInternalException', 500),
  error('KMS.InternalException', 400),
  error('KMS.DependencyTimeoutException', 400),
  error('KMS.KeyUnavailableException', 400),
  error('IncompleteBody', 400),
  error('BadDigest', 400),
  error('XAmzContentSHA256Mismatch', 400),
  cancelled('None', 'ThrottlingException'),
  cancelled('None', 'ProvisionedThroughputExceededException'),
  cancelled('TransactionInProgress', 'ThrottlingError'),
  error('TransactionCanceledException', 400, {
    message:
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ThrottlingError]',
  }),
  cancelled('None', 'TransactionConflict'),
  cancelled('ThrottlingError', 'None'),
  network('ECONNRESET'),
  network('EPIPE'),
  network('EAI_AGAIN'),
  network('ECONNREFUSED'),
  network('ENOTFOUND'),
  network('ERR_STREAM_PREMATURE_CLOSE'),
  Object.assign(new Error('wrapped'), { cause: network('ECONNRESET') }),
  corrected('RequestTimeTooSkewed', 403),
  corrected('SignatureDoesNotMatch', 403, 'Signature expired: now earlier'),
];

const never = [
  error('AccessDenied', 403),
  error('AccessDeniedException', 400),
  error('ExpiredToken', 400),
  error('ExpiredTokenException', 400),
  error('ValidationException', 400),
  error('PreconditionFailed', 412),
  error('ConditionalCheckFailedException', 400),
  error('NoSuchKey', 404),
  error('PermanentRedirect', 301),
  error('NotImplemented', 501),
  error('SignatureDoesNotMatch', 403),
  error('RequestTimeTooSkewed', 403),
  error('AbortError'),
  cancelled('ConditionalCheckFailed', 'TransactionConflict'),
  cancelled('ValidationError'),
  cancelled(),
  cancelled('ConditionalCheckFailed', 'ThrottlingError'),
  error('TransactionCanceledException', 400, {
    message:
      'Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]',
  }),
  error('KMS.DisabledException', 400),
  error('KMS.NotFoundException', 400),
  error('KMS.KMSInvalidStateException', 400),
  error('InvalidDigest', 400),
  network('DEPTH_ZERO_SELF_SIGNED_CERT'),
  network('ENOSPC'),
  corrected('ConditionalCheckFailedException', 400),
  corrected('AccessDeniedException', 400),
  new Error('ours'),
  'text',
  undefined,
];

const anyError = fc.constantFrom(...again, ...never);
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

const byCount = (maxAttempts: number) => ({ maxAttempts, tryForMs: 0 });
const first = { attempts: 1, elapsedMs: 0 };

describe('the retry policy', () => {
  it.each(again.map((each) => [name(each), each]))('retries %s', (_, each) => {
    expect(retryDelay(findRetryChance(each), first, byCount(5), () => 0.5)).toBeGreaterThan(0);
  });

  it.each(never.map((each) => [name(each), each]))('does not retry %s', (_, each) => {
    expect(findRetryChance(each)).toBeUndefined();
  });
});

describe('retryDelay', () => {
  const outage = findRetryChance(network('ECONNREFUSED'));
  const throttled = findRetryChance(error('SlowDown', 503));

  it('a corrected clock gets two attempts', () => {
    const chance = findRetryChance(corrected('RequestTimeTooSkewed', 403));
    expect(retryDelay(chance, first, byCount(9), () => 1)).toBe(100);
    expect(retryDelay(chance, { ...first, attempts: 2 }, byCount(9), () => 1)).toBeUndefined();
  });

  it('the upper bound doubles from 100 ms to 10 s, or from 500 ms to 20 s when throttled', () => {
    const bounds = (chance: typeof outage) =>
      [1, 2, 3, 12].map((attempts) => retryDelay(chance, { ...first, attempts }, byCount(99), () => 1));
    expect(bounds(outage)).toEqual([100, 200, 400, 10_000]);
    expect(bounds(throttled)).toEqual([500, 1000, 2000, 20_000]);
  });

  it('continues until both the attempts and the time are used up', () => {
    const patience = { maxAttempts: 3, tryForMs: 60_000 };
    const delay = (attempts: number, elapsedMs: number) =>
      retryDelay(outage, { attempts, elapsedMs }, patience, () => 1);
    expect(delay(30, 40_000)).toBe(10_000);
    expect(delay(2, 90_000)).toBe(200);
    expect(delay(3, 60_000)).toBeUndefined();
  });

  it('makes the last attempt when the time is up', () => {
    const patience = { maxAttempts: 3, tryForMs: 60_000 };
    expect(retryDelay(outage, { attempts: 12, elapsedMs: 59_000 }, patience, () => 1)).toBe(1_000);
  });

  it.each([1, 3, 10, 30])('outlasts an outage of %d s, whatever the jitter', (seconds) => {
    const patience = { maxAttempts: 5, tryForMs: TRY_FOR_MS };
    fc.assert(
      fc.property(fc.infiniteStream(fraction), fc.boolean(), (jitter, isThrottled) => {
        let elapsedMs = 0;
        for (let attempts = 1; elapsedMs < seconds * 1000; attempts += 1) {
          const chance = isThrottled ? throttled : outage;
          const delay = retryDelay(chance, { attempts, elapsedMs }, patience, () => jitter.next().value ?? 0);
          if (delay === undefined) return false;
          elapsedMs += delay;
        }
        return true;
      }),
    );
  });

  it.each([
    ['sends its answer byte by byte', TRANSPORT_LIMITS.graceMs],
    ['never answers', SILENCE_MS],
  ])('leaves time for another attempt when the server %s, whatever `max_retries` is', (_, hungMs) => {
    const patience = { maxAttempts: 1, tryForMs: TRY_FOR_MS };
    const delay = retryDelay(outage, { attempts: 1, elapsedMs: hungMs }, patience, () => 1);
    expect(delay).toBeGreaterThan(0);
    expect(hungMs + (delay ?? 0)).toBeLessThan(TRY_FOR_MS);
  });

  it('always ends, and every delay stays within its bounds', () => {
    fc.assert(
      fc.property(
        anyError,
        fc.integer({ min: 1, max: 20 }),
        fc.nat(300_000),
        fraction,
        (each, max, time, random) => {
          const patience = { maxAttempts: max, tryForMs: time };
          let elapsedMs = 0;
          for (let attempts = 1; attempts < 10_000; attempts += 1) {
            const delay = retryDelay(findRetryChance(each), { attempts, elapsedMs }, patience, () => random);
            if (delay === undefined) return attempts <= max || elapsedMs <= time + 20_000;
            if (delay < 0 || delay > 20_000) return false;
            elapsedMs += delay;
          }
          return false;
        },
      ),
    );
  });
});

function name(value: unknown): string {
  if (!(value instanceof Error)) return String(value);
  return `${value.name} ${value.message} ${JSON.stringify(value)}`;
}
