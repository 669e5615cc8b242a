import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { AwsError, type AwsErrorKind, toAwsError } from '../../../src/aws/errors.ts';
import { explain } from '../../../src/messages/explain.ts';
import { toReasonCode } from '../../../src/messages/to-reason-code.ts';
import { explainAccess } from '../../../src/steps/doctor/explain-access.ts';
import { type BackendBench, dynamodbFailure, openBackendBench, operations } from '../../support/backend.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import type { CannedAnswer } from '../../support/proxy.ts';

const motoUrl = inject('motoUrl') ?? '';
const DENIED = dynamodbFailure('AccessDeniedException', 'no');

const NO_TABLE = dynamodbFailure('ResourceNotFoundException', 'Requested resource not found');
const NOTHING = /^$/;
const ELSEWHERE = { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } };

/** The error of a refused call. */
function refused(
  kind: AwsErrorKind = 'access_denied',
  api = 'dynamodb:PutItem',
  actualRegion?: string,
): AwsError {
  const context = {
    api,
    resource: 'table locks',
    principal: undefined,
    region: 'us-east-1',
    endpoint: undefined,
  };
  const { failure } = toAwsError(new Error('no'), {
    ...context,
    identity: undefined,
    attempts: 1,
    aborted: false,
    now: 0,
  });
  return new AwsError({ ...failure, kind, actualRegion }, undefined);
}

describe.skipIf(motoUrl === '')('a main that failed', () => {
  let bench: BackendBench;
  beforeAll(async () => {
    bench = await openBackendBench(motoUrl, { name: 'explain' });
  });
  afterEach(() => bench.proxy.reset());
  afterAll(() => bench.close());

  const explained = async (error: unknown, signal = new AbortController().signal, autoAdvance = false) => {
    const clock = createFakeClock({ autoAdvance });
    const failure = await explainAccess({ clock, signal }, bench.newBackend(), 'hold', error);
    return { failure, text: explain(failure, 0), calls: operations(bench.proxy) };
  };

  it('for lack of access keeps its own message and result first, then adds a line for each problem', async () => {
    bench.proxy.onRequest(({ operation }) => (operation === 'GetItem' ? DENIED : 'pass'));
    const { failure, text, calls } = await explained(refused());
    expect(toReasonCode(failure)).toBe('access_denied');
    expect(text).toMatch(/^dynamodb:PutItem on table locks failed/);
    expect(text).toMatch(/\n\nThe doctor also found:\n✗ May hold: not allowed: dynamodb:GetItem on item/);
    expect(calls.sort()).toEqual(['GetItem', 'GetItem', 'HeadBucket', 'HeadObject']);
  });

  it.each<[string, AwsError, Record<string, CannedAnswer>, RegExp]>([
    ['no bucket', refused('no_such_bucket', 's3:GetObject'), { HeadBucket: { status: 404 } }, NOTHING],
    [
      'a bucket in another region',
      refused('wrong_region', 's3:GetObject', 'eu-west-1'),
      { HeadBucket: ELSEWHERE },
      NOTHING,
    ],
    [
      'a missing table, for which it adds the command',
      refused('no_such_table'),
      { GetItem: NO_TABLE },
      /^Fix: aws dynamodb create-table [^\n]*$/,
    ],
    [
      'a missing bucket that is in another region',
      refused('no_such_bucket', 's3:GetObject'),
      { HeadBucket: ELSEWHERE },
      /^The doctor also found:\n✗ Bucket, region: s3:\S+ is in eu-west-1, but/,
    ],
  ])("doesn't repeat a problem that the doctor finds again: %s", async (_, error, answers, added) => {
    bench.proxy.onRequest(({ operation }) => answers[operation] ?? 'pass');
    const { text } = await explained(error);
    const own = explain(error, 0);
    expect(text.startsWith(own)).toBe(true);
    expect(text.slice(own.length).trim()).toMatch(added);
  });

  it('keeps its error unchanged when the doctor has nothing to add', async () => {
    const error = refused();
    expect((await explained(error)).failure).toBe(error);
  });

  it('keeps the rest of its error, such as a failed release', async () => {
    bench.proxy.onRequest(({ operation }) => (operation === 'GetItem' ? DENIED : 'pass'));
    const both = new AggregateError([refused(), new Error('and so did the release')]);
    expect((await explained(both)).text).toMatch(/failed:[\s\S]*and so did the release\n\nThe doctor also/);
  });

  it.each([
    ['a failure for any other reason', refused('throttled')],
    ['no credentials to check with', refused('access_denied', 'sts:AssumeRole')],
    ['a failure without a call to AWS', new Error('no')],
  ])('makes no calls: %s', async (_, error) => {
    const { failure, calls } = await explained(error);
    expect(failure).toBe(error);
    expect(calls).toEqual([]);
  });

  it('makes no calls after a cancellation', async () => {
    const error = refused();
    expect(await explained(error, AbortSignal.abort())).toMatchObject({ failure: error, calls: [] });
  });

  it("waits 5 s for the doctor's answers, then continues without them", async () => {
    bench.proxy.onRequest(() => 'hang');
    const error = refused();
    expect((await explained(error, undefined, true)).failure).toBe(error);
  });
});
