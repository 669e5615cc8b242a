import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../src/aws/retry.ts';

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

describe('retryDelay', () => {
  it.each(again.map((each) => [name(each), each]))('%s is worth another attempt', (_, each) => {
    expect(retryDelay(each, 1, 5, () => 0.5)).toBeGreaterThan(0);
  });

  it.each(never.map((each) => [name(each), each]))('%s is final', (_, each) => {
    expect(retryDelay(each, 1, 5, () => 0.5)).toBeUndefined();
  });

  it('an address that does not answer gets three attempts, a corrected clock two', () => {
    expect(retryDelay(network('ENOTFOUND'), 2, 9, () => 1)).toBe(200);
    expect(retryDelay(network('ENOTFOUND'), 3, 9, () => 1)).toBeUndefined();
    expect(retryDelay(corrected('RequestTimeTooSkewed', 403), 2, 9, () => 1)).toBeUndefined();
  });

  it('the bound doubles from 100 ms, from 500 ms when throttled', () => {
    const bounds = (each: Error) => [1, 2, 3, 12].map((attempt) => retryDelay(each, attempt, 99, () => 1));
    expect(bounds(error('InternalError', 500))).toEqual([100, 200, 400, 20_000]);
    expect(bounds(error('SlowDown', 503))).toEqual([500, 1000, 2000, 20_000]);
  });

  it('always lies within its bounds', () => {
    fc.assert(
      fc.property(anyError, fc.nat(2000), fc.nat(2000), fraction, (each, attempt, max, random) => {
        const delay = retryDelay(each, attempt + 1, max, () => random);
        return delay === undefined || (delay >= 0 && delay <= 20_000);
      }),
    );
  });

  it('attempts never exceed the maximum', () => {
    fc.assert(
      fc.property(fc.array(anyError, { minLength: 30 }), fc.integer({ min: 1, max: 20 }), (errors, max) => {
        const last = errors.findIndex(
          (each, index) => retryDelay(each, index + 1, max, () => 0) === undefined,
        );
        return last >= 0 && last + 1 <= max;
      }),
    );
  });
});

function name(value: unknown): string {
  if (!(value instanceof Error)) return String(value);
  return `${value.name} ${value.message} ${JSON.stringify(value)}`;
}
