import { Readable } from 'node:stream';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Aws } from '../../src/aws/aws.ts';
import { Interrupted, OutOfTime } from '../../src/runner/interrupt.ts';
import { plainRole } from '../support/aws-settings.ts';
import { createFakeClock, flush } from '../support/fake-clock.ts';
import {
  assumedRole,
  callerIdentity,
  connect,
  dynamodbError,
  dynamodbOk,
  explainFailure,
  type Seen,
  s3Error,
  serve,
  settingsFor,
  stsError,
  type TestServer,
} from './support.ts';

let server: TestServer | undefined;
afterEach(() => server?.close());

const object = { api: 's3:GetObject', resource: 's3://b/k' };
const get = (aws: Aws) =>
  aws.call(object, async (abortSignal) => {
    const { Body } = await aws.s3.send(() => new GetObjectCommand({ Bucket: 'b', Key: 'k' }), {
      abortSignal,
    });
    return await Body?.transformToString();
  });
const read = (aws: Aws) =>
  aws.call({ api: 'dynamodb:GetItem', resource: 'table t' }, (abortSignal) =>
    aws.dynamodb.send(new GetItemCommand({ TableName: 't', Key: { LockID: { S: 'x' } } }), { abortSignal }),
  );
const transient = () =>
  Object.assign(new Error('busy'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } });

describe('call', () => {
  it('waits on the clock between attempts, longer each time, and returns the answer', async () => {
    server = await serve((_, count) =>
      count < 4 ? s3Error(500, 'InternalError', 'x') : { status: 200, body: 'state' },
    );
    const clock = createFakeClock({ startEpochMs: Date.now(), autoAdvance: true });
    const aws = connect({ settings: settingsFor(server.url), clock });
    expect(await get(aws)).toBe('state');
    aws.destroy();
    expect(clock.slept).toEqual([100, 200, 400]);
    expect(server.seen).toHaveLength(4);
  });

  it.each([
    ['hangs, once', 30_000, 1],
    ['fails immediately, until the time is up', 0, 9],
  ])("retries within the fallback's limits an error that %s", async (_, hangMs, tries) => {
    const clock = createFakeClock({ startEpochMs: Date.now(), autoAdvance: true });
    const aws = connect({
      settings: settingsFor('http://127.0.0.1:1'),
      clock,
      tryForMs: Number.POSITIVE_INFINITY,
    });
    let tried = 0;
    const other = aws.call({ ...object, tryForMs: 15_000 }, async (signal) => {
      tried += 1;
      if (hangMs > 0) await clock.sleep(hangMs, signal);
      throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
    });
    await expect(other).rejects.toMatchObject({ kind: 'unreachable' });
    aws.destroy();
    expect(tried).toBe(tries);
    expect(clock.monotonic()).toBe(Math.max(hangMs, 15_000));
  });

  it('max_retries is the total number of attempts, and the SDK adds none', async () => {
    server = await serve(() => s3Error(503, 'SlowDown', 'x'));
    const aws = connect({ settings: { ...settingsFor(server.url), maxAttempts: 3 } });
    await expect(get(aws)).rejects.toMatchObject({ kind: 'throttled', attempts: 3 });
    aws.destroy();
    expect(server.seen).toHaveLength(3);
  });

  it('sleeps exactly as long as the clock says', async () => {
    const clock = createFakeClock({ startEpochMs: Date.now() });
    const aws = connect({ settings: settingsFor('http://127.0.0.1:9'), clock });
    const send = vi.fn(async () => {
      if (send.mock.calls.length === 1) throw transient();
      return 'done';
    });
    const result = aws.call(object, send);
    await flush();
    expect(clock.pending()).toEqual([500]);
    await clock.advance(499);
    expect(send).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(await result).toBe('done');
    aws.destroy();
  });

  it('an abort ends a wait immediately', async () => {
    const clock = createFakeClock({ startEpochMs: Date.now() });
    const controller = new AbortController();
    const aws = connect({ settings: settingsFor('http://127.0.0.1:9'), clock, signal: controller.signal });
    const result = aws.call(object, () => Promise.reject(transient()));
    const ended = expect(result).rejects.toMatchObject({ kind: 'aborted', api: 's3:GetObject' });
    await flush();
    controller.abort(new Error('SIGINT'));
    await ended;
    expect(clock.pending()).toEqual([]);
    aws.destroy();
  });

  it('an abort ends a request that gets no answer', async () => {
    const controller = new AbortController();
    server = await serve(() => {
      queueMicrotask(() => controller.abort(new Error('SIGINT')));
      return 'hang';
    });
    const aws = connect({ settings: settingsFor(server.url), signal: controller.signal });
    await expect(get(aws)).rejects.toMatchObject({ kind: 'aborted' });
    aws.destroy();
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ['cancel', new Interrupted('SIGINT'), 'the job was cancelled'],
    ['deadline of ours', new OutOfTime(1_000), 'the time for this step ran out before the answer came'],
    [
      'timeout',
      new DOMException('x', 'TimeoutError'),
      'the time for this step ran out before the answer came',
    ],
    ['reason unknown', new DOMException('x', 'AbortError'), 'it was ended before the answer came'],
  ])('the error of an abort names its reason: %s', async (_name, reason, words) => {
    const controller = new AbortController();
    server = await serve(() => {
      queueMicrotask(() => controller.abort(reason));
      return 'hang';
    });
    const aws = connect({ settings: settingsFor(server.url), signal: controller.signal });
    expect(await explainFailure(get(aws))).toMatchObject({
      kind: 'aborted',
      words: expect.stringContaining(words),
    });
    expect(await explainFailure(get(aws))).toMatchObject({
      kind: 'aborted',
      words: expect.stringContaining(words),
    });
    aws.destroy();
  });

  it('nothing is sent after an abort', async () => {
    server = await serve(() => ({ status: 200 }));
    const aws = connect({ settings: settingsFor(server.url), signal: AbortSignal.abort() });
    await expect(read(aws)).rejects.toMatchObject({ kind: 'aborted' });
    expect(server.seen).toEqual([]);
    aws.destroy();
  });

  it('a truncated body is read again from the start', async () => {
    server = await serve((_, count) =>
      count === 1
        ? { status: 200, headers: { 'content-length': '9' }, body: 'sta' }
        : { status: 200, body: 'state' },
    );
    const aws = connect({ settings: settingsFor(server.url) });
    const cut = server;
    const first = get(aws);
    await vi.waitFor(() => expect(cut.seen).toHaveLength(1));
    cut.cutConnections();
    expect(await first).toBe('state');
    aws.destroy();
  });

  it('the SDK never writes to the console', async () => {
    const spies = (['warn', 'error', 'info', 'log'] as const).map((name) => vi.spyOn(console, name));
    server = await serve(() => s3Error(500, 'InternalError', 'x'));
    const aws = connect({ settings: { ...settingsFor(server.url), maxAttempts: 2 } });
    const put = aws.call({ api: 's3:PutObject', resource: 's3://b/k' }, () =>
      aws.s3.send(
        () => new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Readable.from(['x']), ContentLength: 1 }),
      ),
    );
    await expect(put).rejects.toMatchObject({ kind: 'service' });
    aws.destroy();
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});

describe('verifyCredentials', () => {
  it("returns the caller's identity, and later errors name it", async () => {
    server = await serve(({ body }) =>
      body.includes('GetCallerIdentity') ? callerIdentity() : s3Error(403, 'AccessDenied', 'Access Denied'),
    );
    const aws = connect({ settings: settingsFor(server.url) });
    const arn = 'arn:aws:iam::111122223333:user/ci';
    expect(await aws.verifyCredentials()).toEqual({ arn, account: '111122223333' });
    expect(aws.principal()).toBe(arn);
    await expect(get(aws)).rejects.toMatchObject({ failure: { principal: arn } });
    aws.destroy();
  });
});

describe('a runner with a wrong clock', () => {
  const hour = 3_600_000;
  const serverNow = () => Date.now() + hour;
  const headers = () => ({ date: new Date(serverNow()).toUTCString() });

  function signedInTime({ headers: sent }: Seen): boolean {
    const stamp = String(sent['x-amz-date']).replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5');
    return Math.abs(Date.parse(stamp) - serverNow()) < 300_000;
  }

  function strict(seen: Seen) {
    const sts = seen.body.includes('Action=');
    const json = seen.headers['x-amz-target'] !== undefined;
    const late = 'Signature expired: x is now earlier than y';
    if (!signedInTime(seen)) {
      const refusal = sts
        ? stsError(403, 'SignatureDoesNotMatch', late)
        : json
          ? dynamodbError(400, 'InvalidSignatureException', late)
          : s3Error(
              403,
              'RequestTimeTooSkewed',
              'x',
              `<ServerTime>${new Date(serverNow()).toISOString()}</ServerTime>`,
            );
      return dated(refusal);
    }
    if (sts) return dated(assumedRole('AssumeRole', 'ASIA1', serverNow() + hour));
    return dated(json ? dynamodbOk : { status: 200, body: 'state' });
  }

  const dated = (answer: unknown) => {
    const given = answer as { status: number; headers?: Record<string, string>; body?: string };
    return { ...given, headers: { ...given.headers, ...headers() } };
  };

  it('is corrected after one refusal from each service', async () => {
    server = await serve(strict);
    const assumeRole = { ...plainRole, roleArn: 'arn:aws:iam::1:role/r', sessionName: 's' };
    const aws = connect({ settings: settingsFor(server.url, { assumeRole }) });
    await Promise.all([get(aws), read(aws)]);
    expect(server.seen).toHaveLength(6);
    await get(aws);
    await read(aws);
    expect(server.seen).toHaveLength(8);
    aws.destroy();
  });

  it('does not make other errors retryable', async () => {
    server = await serve(() => dated(dynamodbError(400, 'ConditionalCheckFailedException', 'no')));
    const aws = connect({ settings: settingsFor(server.url) });
    await expect(read(aws)).rejects.toMatchObject({ kind: 'conditional_check_failed', attempts: 1 });
    aws.destroy();
  });
});
