import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { putObject } from '../support/aws.ts';
import { holdAt, stopAt } from './faults.ts';
import { expectReleased, heldJob } from './held-job.ts';
import { appliedState, OTHER_LINEAGE, stateText } from './states.ts';
import { describeInProcess, describePackaged, findErrors, openTestbed } from './support.ts';

describePackaged('nothing is lost', () => {
  it('releases the lock even if the store hangs on every request', async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    testbed.proxy.onRequest(({ service }) => (service === 's3' ? 'hang' : 'pass'));
    const post = await job.start('post', { omitInputs: true });
    await expect.poll(() => testbed.calls().includes('s3 PutObject'), { timeout: 20_000 }).toBe(true);
    post.cancel();
    const result = await post.done;
    expect(result).toMatchObject({ exitCode: 1, signal: undefined });
    expect(result.log).toContain("The job's state could not be kept beyond this job.");
    expect(await testbed.lock()).toBeUndefined();
  });

  it('writes the digest of a push that was cut off after the object was stored', async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    const held = holdAt(testbed.proxy, 'PutObject', 'after');
    const post = await job.start('post', { omitInputs: true });
    const result = await stopAt(held, post, 'cancel');
    expect(result).toMatchObject({ exitCode: 0, signal: undefined });
    await expectReleased(testbed, appliedState());
  });
});

describeInProcess('nothing is lost', () => {
  it('keeps and names the state of a workspace that nobody holds, and fails the job', async () => {
    const { testbed, job } = await heldJob();
    const stray = join(job.stateDirectory, 'workspaces/production/terraform.tfstate');
    mkdirSync(dirname(stray), { recursive: true });
    writeFileSync(stray, stateText({ lineage: OTHER_LINEAGE }));
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('its Terraform wrote the state of another workspace:');
    expect(findErrors(post)).toContain(`${testbed.objectKey}.rescue/1658821493-1-other-1`);
    const [, named] = /(\/\S*production\/terraform\.tfstate) on this runner/.exec(findErrors(post)) ?? [];
    expect(existsSync(named ?? '')).toBe(true);
    // The path belongs to the next holder once the lock is free.
    expect(existsSync(stray)).toBe(false);
    await expectReleased(testbed, stateText());
  });

  it('fails the job when a step removed the local files, whose content is unknown', async () => {
    const { testbed, job } = await heldJob();
    rmSync(job.stateDirectory, { recursive: true });
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('are gone: a step of this job removed');
    await expectReleased(testbed, stateText());
  });

  it('replaces an empty object with the first state', async () => {
    const testbed = await openTestbed();
    await putObject(testbed.clients, testbed.fixture.bucket, testbed.objectKey, '');
    const job = await testbed.job();
    expect(await job.main()).toMatchObject({ exitCode: 0, outputs: { state_exists: 'false' } });
    await job.change(stateText());
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, stateText());
  });

  it('ends the wait for a lock immediately on invalid credentials, and leaves no lock', async () => {
    const testbed = await openTestbed();
    const theirs =
      '{"ID":"x","Operation":"o","Info":"","Who":"w","Version":"1","Created":"2026-01-01T00:00:00Z"}';
    await testbed.putLock(theirs);
    testbed.proxy.onRequest(({ operation }) =>
      operation === 'GetCallerIdentity'
        ? {
            status: 403,
            body: '<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>',
          }
        : 'pass',
    );
    const job = await testbed.job({ with: { lock_timeout: '1h' } });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_credentials' } });
    expect(await testbed.lock()).toBe(theirs);
  });
});
