import { describe, expect, it } from 'vitest';
import { type AwsError, toAwsError } from '../../src/aws/errors.ts';
import { mayHaveActed, mayHaveWritten, withEarlierAct } from '../../src/aws/in-doubt.ts';

function failure(
  name: string,
  status: number | undefined,
  change: { code?: string; aborted?: boolean } = {},
) {
  const { code, aborted = false } = change;
  const cause = Object.assign(new Error(name), { name, code, $metadata: { httpStatusCode: status } });
  return toAwsError(cause, {
    api: 'dynamodb:PutItem',
    resource: 'table locks',
    principal: undefined,
    region: 'eu-central-1',
    endpoint: undefined,
    identity: undefined,
    attempts: 1,
    aborted,
    now: 0,
  });
}

const IN_DOUBT: readonly (readonly [string, AwsError])[] = [
  ['no answer', failure('TimeoutError', undefined)],
  ['a broken connection', failure('Error', undefined, { code: 'ECONNRESET' })],
  ['a server error', failure('InternalError', 500)],
  ['an answer that is neither success nor refusal', failure('SyntaxError', 200)],
  ['a refusal after an attempt without an answer', withEarlierAct(failure('AccessDenied', 403))],
];

const NOT_DONE: readonly (readonly [string, AwsError])[] = [
  ['a refusal', failure('AccessDenied', 403)],
  ['a failed condition', failure('ConditionalCheckFailedException', 400)],
  ['a throttled call', failure('ThrottlingException', 400)],
  ['an unreachable server', failure('Error', undefined, { code: 'ECONNREFUSED' })],
  ['an unknown host name', failure('Error', undefined, { code: 'ENOTFOUND' })],
];

describe('a failed write', () => {
  it.each(IN_DOUBT)('may have happened: %s', (_, error) => {
    expect(mayHaveActed(error)).toBe(true);
    expect(mayHaveWritten(error)).toBe(true);
  });

  it.each(NOT_DONE)('did not happen: %s', (_, error) => {
    expect(mayHaveActed(error)).toBe(false);
    expect(mayHaveWritten(error)).toBe(false);
  });

  it('may have happened when it was aborted or failed for an unknown reason', () => {
    const cutOff = failure('AbortError', undefined, { aborted: true });
    expect(mayHaveWritten(cutOff)).toBe(true);
    expect(mayHaveWritten(new Error('a slip'))).toBe(true);
  });
});
