import { expect, it } from 'vitest';
import type { FaultProxy, WaitDecision } from '../support/proxy.ts';
import { heldJob } from './held-job.ts';
import { appliedState, stateText } from './states.ts';
import { describeInProcess, describePackaged, md5, openTestbed, toText } from './support.ts';

const CONDITION_FAILED = {
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}',
};

describePackaged('lost answers', () => {
  it.for([
    { operation: 'PutObject', what: 'of the push' },
    { operation: 'TransactWriteItems', what: 'of digest and release' },
  ])('the one $what ($operation): the write is made once and recognised', async ({ operation }) => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    firstOnly(testbed.proxy, operation, 'reset-after');
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain('Released the lock');
    expect(await testbed.object()).toBe(appliedState());
    expect(await testbed.digest()).toBe(md5(appliedState()));
    expect(await testbed.lock()).toBeUndefined();
  });
});

describeInProcess('lost answers', () => {
  it('the one of a release with nothing to push', async () => {
    const { testbed, job } = await heldJob();
    firstOnly(testbed.proxy, 'DeleteItem', 'reset-after');
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(await testbed.lock()).toBeUndefined();
  });

  it('a broken download restarts from its beginning', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    firstOnly(testbed.proxy, 'GetObject', { cutAfterBytes: 200 });
    const main = await (await testbed.job()).main();
    expect(main).toMatchObject({ exitCode: 0, annotations: [] });
    expect(main.outputs.digest).toBe(md5(stateText()));
    expect(await toText(main.outputs.state_path)).toBe(stateText());
  });

  it('a holder that vanishes before it can be read is no error: the lock is free', async () => {
    const testbed = await openTestbed({ role: true });
    firstOnly(testbed.proxy, 'PutItem', CONDITION_FAILED);
    const main = await (await testbed.job()).main();
    expect(main.exitCode).toBe(0);
    expect(await testbed.lock()).toContain(main.outputs.lock_id);
  });

  it('a table without transactions: digest first, then the release', async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    testbed.proxy.onRequest(({ operation }) => {
      const unknown = '{"__type":"com.amazon.coral.service#UnknownOperationException"}';
      return operation === 'TransactWriteItems' ? { status: 400, body: unknown } : 'pass';
    });
    testbed.proxy.requests.length = 0;
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(testbed.calls().slice(-5)).toEqual([
      'dynamodb TransactWriteItems',
      'dynamodb GetItem',
      'dynamodb GetItem',
      'dynamodb PutItem',
      'dynamodb DeleteItem',
    ]);
    expect(await testbed.digest()).toBe(md5(appliedState()));
    expect(await testbed.lock()).toBeUndefined();
  });
});

/** A fault for the first request of an operation; the second try passes. */
function firstOnly(proxy: FaultProxy, operation: string, fault: WaitDecision): void {
  let done = false;
  proxy.onRequest((record) => {
    if (done || record.operation !== operation) return 'pass';
    done = true;
    return fault;
  });
}
