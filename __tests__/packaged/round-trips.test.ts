import { expect, it } from 'vitest';
import { appliedState, stateText } from './states.ts';
import { describePackaged, openTestbed, type Testbed } from './support.ts';

const LATENCY = { latencyMs: 150 };

/** Returns the calls and the length of their sequence, and resets both for the next stage. */
function took({ proxy, calls }: Testbed) {
  const taken = { calls: calls().sort(), inSequence: proxy.longestChain() };
  proxy.reset();
  return taken;
}

describePackaged('round trips', () => {
  it('with a role, main takes 3 and nothing is listed, headed or described', async () => {
    const testbed = await openTestbed({ role: true, ...LATENCY });
    await testbed.seed(stateText());
    const job = await testbed.job();
    await job.main();
    expect(took(testbed)).toEqual({
      calls: ['dynamodb GetItem', 'dynamodb PutItem', 's3 GetObject', 'sts AssumeRole'],
      inSequence: 3,
    });
  });

  it('with a role, post takes 4 for a push: credentials; lock read and next digest in parallel; object; digest and release', async () => {
    const testbed = await openTestbed({ role: true, ...LATENCY });
    await testbed.seed(stateText());
    const job = await testbed.job();
    await job.main();
    await job.change(appliedState());
    took(testbed);
    await job.post();
    expect(took(testbed)).toEqual({
      calls: [
        'dynamodb GetItem',
        'dynamodb PutItem',
        'dynamodb TransactWriteItems',
        's3 PutObject',
        'sts AssumeRole',
      ],
      inSequence: 4,
    });
  });

  it('the same content takes no put, no digest write and at most 3 round trips', async () => {
    const testbed = await openTestbed({ role: true, ...LATENCY });
    await testbed.seed(stateText());
    const job = await testbed.job();
    await job.main();
    took(testbed);
    const post = await job.post();
    expect(took(testbed)).toEqual({ calls: ['dynamodb DeleteItem', 'sts AssumeRole'], inSequence: 2 });
    expect(post.log).toContain('The job did not change the state: nothing to push.');
    expect(await testbed.object()).toBe(stateText());
  });

  it("without a role, the caller's identity is read in parallel with the lock, at no cost in time", async () => {
    const testbed = await openTestbed(LATENCY);
    await testbed.seed(stateText());
    const job = await testbed.job();
    await job.main();
    expect(took(testbed)).toEqual({
      calls: ['dynamodb GetItem', 'dynamodb PutItem', 's3 GetObject', 'sts GetCallerIdentity'],
      inSequence: 2,
    });
    await job.post();
    expect(took(testbed)).toEqual({ calls: ['dynamodb DeleteItem'], inSequence: 1 });
  });

  it('with skip_credentials_validation, STS is not called at all', async () => {
    const testbed = await openTestbed(LATENCY);
    const job = await testbed.job({ with: { skip_credentials_validation: 'true' } });
    await job.main();
    expect(took(testbed)).toEqual({
      calls: ['dynamodb GetItem', 'dynamodb PutItem', 's3 GetObject'],
      inSequence: 2,
    });
  });

  it('without a table, only the object is touched, and a warning names the risk', async () => {
    const testbed = await openTestbed({ role: true, table: false, ...LATENCY });
    await testbed.seed(stateText());
    const job = await testbed.job();
    const main = await job.main();
    expect(main.annotations).toEqual([
      { level: 'warning', title: undefined, message: expect.stringContaining('the state is NOT locked') },
    ]);
    expect(main.outputs.lock_id).toBe('');
    expect(took(testbed).calls).toEqual(['s3 GetObject', 'sts AssumeRole']);
    await job.change(appliedState());
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    // The read is for stores other than AWS, which may ignore the condition of the put.
    expect(took(testbed).calls).toEqual(['s3 HeadObject', 's3 PutObject', 'sts AssumeRole']);
    expect(await testbed.object()).toBe(appliedState());
  });

  it('with the lock file, main probes a store other than AWS, and post takes no more trips than calls', async () => {
    const testbed = await openTestbed({ role: true, table: false, ...LATENCY });
    await testbed.seed(stateText());
    const job = await testbed.job({ with: { use_lockfile: 'true' } });
    await job.main();
    expect(took(testbed)).toEqual({
      calls: [...Array(2).fill('s3 GetObject'), ...Array(2).fill('s3 PutObject'), 'sts AssumeRole'],
      inSequence: 5,
    });
    await job.change(appliedState());
    await job.post();
    expect(took(testbed)).toEqual({
      calls: ['s3 DeleteObject', ...Array(2).fill('s3 GetObject'), 's3 PutObject', 'sts AssumeRole'],
      inSequence: 5,
    });
  });

  it('with both locks, post reads both in parallel and frees both in parallel', async () => {
    const testbed = await openTestbed({ role: true, ...LATENCY });
    await testbed.seed(stateText());
    const job = await testbed.job({ with: { use_lockfile: 'true' } });
    await job.main();
    await job.change(appliedState());
    took(testbed);
    await job.post();
    expect(took(testbed)).toEqual({
      calls: [
        'dynamodb GetItem',
        'dynamodb PutItem',
        'dynamodb TransactWriteItems',
        's3 DeleteObject',
        's3 GetObject',
        's3 GetObject',
        's3 PutObject',
        'sts AssumeRole',
      ],
      inSequence: 5,
    });
  });

  it("a held lock costs one put, and a read only if the put doesn't name the holder", async () => {
    const testbed = await openTestbed({ role: true, ...LATENCY });
    await testbed.putLock('{"ID":"somebody"}');
    const job = await testbed.job();
    expect((await job.main()).exitCode).toBe(1);
    const { calls } = took(testbed);
    expect(calls.filter((call) => call === 'dynamodb PutItem')).toHaveLength(1);
    expect(calls.filter((call) => call === 'dynamodb GetItem').length).toBeLessThanOrEqual(1);
    expect(calls).not.toContain('s3 GetObject');
  });
});
