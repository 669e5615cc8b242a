import { expect, it } from 'vitest';
import type { FaultProxy, WaitDecision } from '../support/proxy.ts';
import { heldJob } from './held-job.ts';
import { appliedState, stateText } from './states.ts';
import { describePackaged, md5, openPlace, toText } from './support.ts';

const CONDITION_FAILED = {
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}',
};

describePackaged('answers that are lost on the way', () => {
  it.for([
    { operation: 'PutObject', what: 'of the push' },
    { operation: 'TransactWriteItems', what: 'of digest and release' },
  ])('the one $what ($operation): made once, seen as made', async ({ operation }) => {
    const { place, job } = await heldJob();
    await job.change(appliedState());
    firstOnly(place.proxy, operation, 'reset-after');
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain('Released the lock');
    expect(await place.object()).toBe(appliedState());
    expect(await place.digest()).toBe(md5(appliedState()));
    expect(await place.lock()).toBeUndefined();
  });

  it('the one of a release with nothing to push', async () => {
    const { place, job } = await heldJob();
    firstOnly(place.proxy, 'DeleteItem', 'reset-after');
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(await place.lock()).toBeUndefined();
  });

  it('a download that breaks off is made again from its start', async () => {
    const place = await openPlace({ role: true });
    await place.seed(stateText());
    firstOnly(place.proxy, 'GetObject', { cutAfterBytes: 200 });
    const main = await (await place.job()).main();
    expect(main).toMatchObject({ exitCode: 0, annotations: [] });
    expect(main.outputs.digest).toBe(md5(stateText()));
    expect(await toText(main.outputs.state_path)).toBe(stateText());
  });

  it('a holder that vanished before it could be read is no error: the lock is free', async () => {
    const place = await openPlace({ role: true });
    firstOnly(place.proxy, 'PutItem', CONDITION_FAILED);
    const main = await (await place.job()).main();
    expect(main.exitCode).toBe(0);
    expect(await place.lock()).toContain(main.outputs.lock_id);
  });

  it('a table without transactions: digest first, then the release', async () => {
    const { place, job } = await heldJob();
    await job.change(appliedState());
    place.proxy.onRequest(({ operation }) => {
      const unknown = '{"__type":"com.amazon.coral.service#UnknownOperationException"}';
      return operation === 'TransactWriteItems' ? { status: 400, body: unknown } : 'pass';
    });
    place.proxy.requests.length = 0;
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(place.calls().slice(-5)).toEqual([
      'dynamodb TransactWriteItems',
      'dynamodb GetItem',
      'dynamodb GetItem',
      'dynamodb PutItem',
      'dynamodb DeleteItem',
    ]);
    expect(await place.digest()).toBe(md5(appliedState()));
    expect(await place.lock()).toBeUndefined();
  });
});

/** Another verdict for the first request of an operation; the second try passes. */
function firstOnly(proxy: FaultProxy, operation: string, verdict: WaitDecision): void {
  let done = false;
  proxy.onRequest((record) => {
    if (done || record.operation !== operation) return 'pass';
    done = true;
    return verdict;
  });
}
