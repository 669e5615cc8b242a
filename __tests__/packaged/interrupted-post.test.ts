import { expect, it } from 'vitest';
import { holdAt, reachedBy, stopAt } from './faults.ts';
import { expectReleased, heldJob } from './held-job.ts';
import { appliedState, stateText } from './states.ts';
import { describePackaged, type Testbed, type TestbedJob } from './support.ts';

describePackaged('post is interrupted', () => {
  it('a push whose answer is under way may finish: it is pushed and released, and the step succeeds', async () => {
    const { testbed, job } = await changedJob();
    const held = holdAt(testbed.proxy, 'PutObject', 'after');
    const post = await job.start('post', { omitInputs: true });
    await reachedBy(post, held);
    post.cancel();
    held.releaseLock();
    expect((await post.done).exitCode).toBe(0);
    expect(await testbed.object()).toBe(appliedState());
    await expectReleased(testbed, appliedState());
  });

  it('a push without an answer is given up in time: the state is kept, the lock is released, and the job fails', async () => {
    const { testbed, job } = await changedJob();
    const held = holdAt(testbed.proxy, 'PutObject', 'before');
    const post = await job.start('post', { omitInputs: true });
    const result = await stopAt(held, post, 'cancel', 'hang');
    expect(result.signal).toBeUndefined();
    expect(result.exitCode).toBe(1);
    expect(result.log).toContain("The job's state is kept. It is at");
    expect(result.log).toContain('.rescue/1658821493-1');
    await expectReleased(testbed, stateText());
    expect(job.privateDirectories()).toHaveLength(1);
  });

  it('a release without an answer is tried once more in the remaining time', async () => {
    const { testbed, job } = await changedJob();
    const held = holdAt(testbed.proxy, 'TransactWriteItems', 'before');
    const post = await job.start('post', { omitInputs: true });
    const result = await stopAt(held, post, 'cancel', 'hang');
    expect(result).toMatchObject({ exitCode: 0, signal: undefined });
    await expectReleased(testbed, appliedState());
  });

  it('killed after the object is put, the lock stays and names the run; a second post ends it', async () => {
    const { testbed, job } = await changedJob();
    const held = holdAt(testbed.proxy, 'PutObject', 'after');
    const post = await job.start('post', { omitInputs: true });
    await stopAt(held, post, 'SIGKILL');
    expect(await testbed.object()).toBe(appliedState());
    expect(await testbed.lock()).toContain('/actions/runs/1658821493/attempts/1');
    testbed.proxy.reset();
    const again = await job.post();
    expect(again.exitCode).toBe(0);
    await expectReleased(testbed, appliedState());
  });

  it('killed before the object is put, a second post pushes', async () => {
    const { testbed, job } = await changedJob();
    const held = holdAt(testbed.proxy, 'PutObject', 'before');
    const post = await job.start('post', { omitInputs: true });
    await stopAt(held, post, 'SIGKILL', 'hang');
    expect((await job.post()).exitCode).toBe(0);
    await expectReleased(testbed, appliedState());
  });
});

async function changedJob(): Promise<{ testbed: Testbed; job: TestbedJob }> {
  const held = await heldJob();
  await held.job.change(appliedState());
  return held;
}
