import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listObjects } from '../support/aws.ts';
import { startMainBelowWorker } from '../support/runner-worker.ts';
import {
  checkpointedJob,
  checkpointerStuckAt,
  expectReleased,
  killCheckpointer,
  readBeats,
  readVersions,
  stateAfter,
  until,
  untilPushed,
} from './checkpointed-job.ts';
import { holdAt, reachedBy } from './faults.ts';
import { stateText } from './states.ts';
import { describePackaged, findWarnings, md5, openTestbed } from './support.ts';

describePackaged('post takes over from the checkpointer', () => {
  it('pushes when it was killed before its PUT went through', async () => {
    const held = await checkpointedJob({ versioning: true });
    const { testbed, job } = held;
    const put = await checkpointerStuckAt(held, 'PutObject', 'before');
    await killCheckpointer(held);
    put.releaseLock('reset-before');
    await job.change(stateAfter(2));
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(findWarnings(post)).toContain('ended early');
    await expectReleased(testbed, stateAfter(2));
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(2)]);
  });

  it('continues from a PUT that went through without an answer before it was killed', async () => {
    const held = await checkpointedJob({ versioning: true });
    const { testbed, job } = held;
    const put = await checkpointerStuckAt(held, 'PutObject', 'after');
    await killCheckpointer(held);
    put.releaseLock();
    await job.change(stateAfter(2));
    expect((await job.post()).exitCode).toBe(0);
    await expectReleased(testbed, stateAfter(2));
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(1), stateAfter(2)]);
  });

  it('writes the digest even if nothing is left to push', async () => {
    const held = await checkpointedJob({ versioning: true });
    const { testbed, job } = held;
    const put = await checkpointerStuckAt(held, 'PutObject', 'after');
    await killCheckpointer(held);
    put.releaseLock();
    expect(await testbed.digest()).toBe(md5(stateText()));
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    await expectReleased(testbed, stateAfter(1));
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(1)]);
  });

  it("writes the digest that it didn't, even if the state file is gone", async () => {
    const held = await checkpointedJob();
    const { testbed, job } = held;
    const digest = await checkpointerStuckAt(held, 'TransactWriteItems', 'before');
    await job.change(undefined);
    const post = await job.start('post', { omitInputs: true });
    await until(() => job.orphans().every((pid) => pid === post.pid));
    digest.releaseLock('reset-before');
    expect((await post.done).exitCode).toBe(0);
    await expectReleased(testbed, stateAfter(1));
  });

  it('recognises a PUT of its that arrives during post, and continues from there', async () => {
    const held = await checkpointedJob({ versioning: true });
    const { testbed, job } = held;
    const put = await checkpointerStuckAt(held, 'PutObject', 'before');
    await killCheckpointer(held);
    await job.change(stateAfter(2));
    const look = holdAt(testbed.proxy, 'HeadObject', 'after');
    const post = await job.start('post', { omitInputs: true });
    await reachedBy(post, look);
    put.releaseLock('pass');
    await until(async () => (await testbed.object()) === stateAfter(1));
    look.releaseLock();
    expect((await post.done).exitCode).toBe(0);
    await expectReleased(testbed, stateAfter(2));
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(1), stateAfter(2)]);
  });

  it('succeeds with a warning when it has crashed', async () => {
    const held = await checkpointedJob();
    await killCheckpointer(held);
    await held.job.change(stateAfter(1));
    const post = await held.job.post();
    expect(post.exitCode).toBe(0);
    expect(findWarnings(post)).toContain('ended early');
    await expectReleased(held.testbed, stateAfter(1));
  });

  it("does everything when it can't be started, of which main warns", async () => {
    const actionDir = mkdtempSync(join(tmpdir(), 'no-checkpointer-'));
    onTestFinished(() => rmSync(actionDir, { recursive: true }));
    const root = join(import.meta.dirname, '../..');
    for (const name of ['dist', 'action.yml'])
      cpSync(join(root, name), join(actionDir, name), { recursive: true });
    rmSync(join(actionDir, 'dist/checkpointer.js'));
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const job = await testbed.job({ actionDir, with: { checkpoint_interval: '1s' } });
    const main = await job.main();
    expect(main.exitCode).toBe(0);
    expect(findWarnings(main)).toContain('The checkpointer could not be started');
    await job.change(stateAfter(1));
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(findWarnings(post)).toBe('');
    await expectReleased(testbed, stateAfter(1));
  });

  it('kills it when it hangs, even within the time of a cancelled post', async () => {
    const { testbed, job, checkpointer } = await checkpointedJob();
    process.kill(checkpointer, 'SIGSTOP');
    await job.change(stateAfter(1));
    const post = await job.start('post', { omitInputs: true });
    await post.waitForLine(/Push the state/);
    post.cancel();
    const result = await post.done;
    expect(result.signal).toBeUndefined();
    expect(job.orphans()).toEqual([]);
    expect(await testbed.lock()).toBeUndefined();
    const kept = (await listObjects(testbed.clients, testbed.fixture.bucket)).some((key) =>
      key.includes('.rescue/'),
    );
    expect(kept || (await testbed.object()) === stateAfter(1)).toBe(true);
  });
});

describePackaged('the heartbeat', () => {
  it('continues during post until the lock is released, so a waiting job never sees it stand still', async () => {
    const { testbed, job, checkpointer } = await checkpointedJob();
    const release = holdAt(testbed.proxy, 'DeleteItem', 'before');
    const post = await job.start('post', { omitInputs: true });
    await reachedBy(post, release);
    expect(job.orphans()).not.toContain(checkpointer);
    for (let beat = 0; beat < 3; beat += 1) {
      const before = await readBeats(testbed);
      await until(async () => (await readBeats(testbed)) !== before);
    }
    release.releaseLock();
    expect(await post.done).toMatchObject({ exitCode: 0, annotations: [] });
    expect(await testbed.lock()).toBeUndefined();
  });
});

describePackaged('a checkpointer whose job is gone', () => {
  it('makes a last checkpoint and exits when the worker is gone, and leaves the lock', async () => {
    const { testbed, job, worker } = await jobUnderWorker();
    const hold = holdAt(testbed.proxy, 'PutItem', 'before');
    await hold.reached;
    writeFileSync(join(job.stateDirectory, 'terraform.tfstate'), stateAfter(1));
    worker.signal('SIGKILL');
    hold.releaseLock();
    await until(() => job.orphans().length === 0);
    await untilPushed(testbed, stateAfter(1));
    expect(await testbed.lock()).toContain('/actions/runs/1658821493/attempts/1');
    await worker.done;
  });

  it('keeps a copy of what it must not push', async () => {
    const { testbed, job, worker } = await jobUnderWorker();
    await testbed.freeLock();
    writeFileSync(join(job.stateDirectory, 'terraform.tfstate'), stateAfter(1));
    worker.signal('SIGKILL');
    await until(() => job.orphans().length === 0);
    expect(await testbed.object()).toBe(stateText());
    expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toContain(
      `${testbed.objectKey}.rescue/1658821493-1`,
    );
    await worker.done;
  });

  it('exits when its files are gone', async () => {
    const { job, testbed } = await checkpointedJob();
    for (const directory of job.privateDirectories()) rmSync(directory, { recursive: true });
    await until(() => job.orphans().length === 0);
    expect(await testbed.lock()).toBeDefined();
  });
});

/** A job whose main is the child of a process that can be ended, as the runner's worker. */
async function jobUnderWorker() {
  const testbed = await openTestbed();
  await testbed.seed(stateText());
  const job = await testbed.job();
  const inputs = { ...job.inputs, checkpoint_interval: '1s' };
  const worker = await startMainBelowWorker(job, inputs);
  return { testbed, job, worker };
}
