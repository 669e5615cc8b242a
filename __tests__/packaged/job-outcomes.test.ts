import { expect, it } from 'vitest';
import { listObjects } from '../support/aws.ts';
import { expectReleased, heldJob } from './held-job.ts';
import { appliedState, stateText } from './states.ts';
import { describeInProcess, describePackaged, findWarnings, openTestbed } from './support.ts';

describePackaged('post after any outcome of the job', () => {
  it('a step that failed halfway: its changes are pushed, and the lock is released', async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    const step = await job.runStep('node', ['-e', 'process.exit(3)']);
    expect(step.conclusion).toBe('failure');
    expect(job.status()).toBe('failure');
    expect((await job.post()).exitCode).toBe(0);
    await expectReleased(testbed, appliedState());
  });

  it('a step that was cancelled: the same', async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    const step = await job.startStep('node', ['-e', 'console.log("up"); setInterval(() => {}, 1000)']);
    await step.waitForLine(/up/);
    step.cancel();
    await step.done;
    expect(job.status()).toBe('cancelled');
    expect((await job.post()).exitCode).toBe(0);
    await expectReleased(testbed, appliedState());
  });
});

describeInProcess('post after any outcome of the job', () => {
  it('push: never pushes nothing, says so and releases the lock', async () => {
    const { testbed, job } = await heldJob({ push: 'never' });
    await job.change(appliedState());
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(post.log).toContain(
      'The job changed its copy of the state, which is not pushed: push is "never".',
    );
    expect(post.summary).toContain('changed, not pushed');
    await expectReleased(testbed, stateText());
  });

  it('no state yet is normal, even if the job makes none', async () => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job();
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, annotations: [] });
    expect(main.outputs).toMatchObject({
      state_exists: 'false',
      serial: '',
      lineage: '',
      terraform_version: '',
      digest: '',
      version_id: expect.any(String),
      fingerprint: 'no-state',
    });
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(post.log).toContain('There was no state, and the job created none');
    expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual([]);
    expect(await testbed.lock()).toBeUndefined();
    expect(await testbed.digest()).toBeUndefined();
  });

  it('the first state of a job is pushed with its own lineage and serial', async () => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job();
    await job.main();
    await job.change(stateText({ serial: 3 }));
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(post.summary).toContain('none → 3');
    await expectReleased(testbed, stateText({ serial: 3 }));
  });

  it('an empty file counts as no state if there was none', async () => {
    const testbed = await openTestbed({ role: true });
    const job = await testbed.job();
    await job.main();
    await job.change('');
    expect((await job.post()).exitCode).toBe(0);
    expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual([]);
    expect(await testbed.lock()).toBeUndefined();
  });

  it('a state file that the job removed: nothing is pushed or deleted, and a warning says so', async () => {
    const { testbed, job } = await heldJob();
    await job.change(undefined);
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(findWarnings(post)).toContain('The job removed its copy of the state.');
    expect(post.log.split('The job removed its copy'), 'the log says it once').toHaveLength(2);
    await expectReleased(testbed, stateText());
  });

  it('a file with different whitespace but the same content and serial is no change', async () => {
    const { testbed, job } = await heldJob();
    await job.change(JSON.stringify(JSON.parse(stateText())));
    expect((await job.post()).log).toContain('nothing to push');
    await expectReleased(testbed, stateText());
  });
});

describePackaged('post again', () => {
  it('in a job whose main never ran has nothing to do', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job();
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain('Nothing to do');
    expect(testbed.proxy.requests).toEqual([]);
  });
});

describeInProcess('post again', () => {
  it('after a release finds nothing to do and says so', async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    await job.post();
    testbed.proxy.reset();
    const again = await job.post();
    expect(again.exitCode).toBe(0);
    expect(again.log).toContain('nothing to release');
    expect(again.annotations).toEqual([]);
    expect(again.summary).toBe('');
    expect(testbed.calls()).not.toContain('s3 PutObject');
    await expectReleased(testbed, appliedState());
  });

  it('leaves the lock of the next job alone', async () => {
    const { testbed, job } = await heldJob();
    await job.post();
    const next = await testbed.job();
    await next.main();
    const lock = await testbed.lock();
    expect((await job.post()).exitCode).toBe(0);
    expect(await testbed.lock()).toBe(lock);
    await next.change(appliedState());
    expect((await next.post()).exitCode).toBe(0);
    await expectReleased(testbed, appliedState());
  });
});
