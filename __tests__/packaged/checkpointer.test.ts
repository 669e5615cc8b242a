import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { putObject } from '../support/aws.ts';
import { assertNoSecretInFiles } from '../support/runner.ts';
import {
  checkpointedJob,
  expectReleased,
  killCheckpointer,
  readBeats,
  readVersions,
  stateAfter,
  until,
  untilPushed,
} from './checkpointed-job.ts';
import { stateText } from './states.ts';
import { describePackaged, ENV_KEYS, findErrors, findWarnings, openTestbed } from './support.ts';

describePackaged('checkpoints while the job runs', () => {
  it('make each state that a job writes a version with its digest, and post adds the last', async () => {
    const { testbed, job } = await checkpointedJob({ versioning: true });
    const info = await testbed.lock();
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
    // Terraform may raise the serial by more than one.
    await job.change(stateAfter(3));
    await untilPushed(testbed, stateAfter(3));
    expect(await testbed.lock()).toBe(info);
    await job.change(stateAfter(4));
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0 });
    // Post pushes the last one, unless a busy machine started it too late.
    expect(post.log).toMatch(
      /the checkpointer pushed (?:2 checkpoints, the last with serial 10|3 checkpoints)/,
    );
    expect(post.summary).toContain('7 → 11');
    expect(findWarnings(post)).toBe('');
    await expectReleased(testbed, stateAfter(4));
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(1), stateAfter(3), stateAfter(4)]);
    expect(job.orphans()).toEqual([]);
  });

  it('leave post nothing to push when the last state is already in S3, and post says so', async () => {
    const { testbed, job } = await checkpointedJob({ versioning: true });
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(post.log).toContain(': nothing is left to push');
    expect(post.summary).toContain('pushed while the job ran');
    expect(post.summary).toContain('7 → 8');
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(1)]);
    await expectReleased(testbed, stateAfter(1));
    expect((await job.post()).exitCode).toBe(0);
  });

  it('keep everything that was written before the last interval when the runner is lost', async () => {
    const held = await checkpointedJob();
    const { testbed, job } = held;
    for (const state of [stateAfter(1), stateAfter(2)]) {
      await job.change(state);
      await untilPushed(testbed, state);
    }
    // Killed in the middle of a write.
    await job.change(stateAfter(3).slice(0, 200));
    await killCheckpointer(held);
    expect(await testbed.object()).toBe(stateAfter(2));
    expect(await testbed.lock()).toContain('/actions/runs/1658821493/attempts/1');
  });

  it('skip an empty or partial file and push what follows', async () => {
    const { testbed, job } = await checkpointedJob({ versioning: true });
    for (const torn of ['', stateAfter(1).slice(0, 300)]) {
      await job.change(torn);
      const beats = await readBeats(testbed);
      await until(async () => (await readBeats(testbed)) >= beats + 2);
    }
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(1)]);
  });

  it("read and write nothing without a change except the heartbeat, and keep the lock in Terraform's form", async () => {
    const { testbed } = await checkpointedJob({}, { push: 'never' });
    const info = await testbed.lock();
    testbed.proxy.reset();
    await until(async () => (await readBeats(testbed)) >= 3);
    expect(new Set(testbed.calls())).toEqual(new Set(['sts AssumeRole', 'dynamodb PutItem']));
    expect(await testbed.lock()).toBe(info);
  });

  it('end when the lock is no longer ours, and push nothing under it', async () => {
    const { testbed, job } = await checkpointedJob({ versioning: true });
    const theirs = '{"ID":"theirs","Operation":"o","Info":"","Who":"w","Version":"1","Created":"","Path":""}';
    await testbed.putLock(theirs);
    await job.change(stateAfter(1));
    await until(() => job.orphans().length === 0);
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findWarnings(post)).not.toContain('ended early');
    expect(await testbed.lock()).toBe(theirs);
    expect(await readVersions(testbed)).toEqual([stateText()]);
  });

  it('leave alone an object that somebody else changed, and keep the lock alive', async () => {
    const { testbed, job } = await checkpointedJob({ versioning: true });
    const theirs = stateText({ serial: 70 });
    await putObject(testbed.clients, testbed.fixture.bucket, testbed.objectKey, theirs);
    await job.change(stateAfter(1));
    const beats = await readBeats(testbed);
    await until(async () => (await readBeats(testbed)) >= beats + 3);
    const post = await job.post();
    expect(findErrors(post)).toContain('changed');
    expect(await readVersions(testbed)).toEqual([stateText(), theirs]);
    expect(await testbed.lock()).toBeUndefined();
  });

  it('miss a checkpoint when AWS fails for a while, and make up for it with the next', async () => {
    const { testbed, job } = await checkpointedJob({}, { max_retries: '1' });
    testbed.proxy.onRequest(({ operation }) => (operation === 'PutObject' ? 'reset-before' : 'pass'));
    await job.change(stateAfter(1));
    await until(() => testbed.calls().includes('s3 PutObject'));
    testbed.proxy.reset();
    await untilPushed(testbed, stateAfter(1));
    expect(findWarnings(await job.post())).toBe('');
  });

  it('find a checkpoint that got no answer, and continue from it with the next', async () => {
    const { testbed, job } = await checkpointedJob({ versioning: true }, { max_retries: '1' });
    testbed.proxy.onRequest(({ operation }) => {
      if (operation === 'PutObject') return 'reset-after';
      return operation === 'HeadObject' ? 'reset-before' : 'pass';
    });
    await job.change(stateAfter(1));
    await until(() => testbed.calls().includes('s3 HeadObject'));
    await job.change(stateAfter(2));
    testbed.proxy.reset();
    await untilPushed(testbed, stateAfter(2));
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(1), stateAfter(2)]);
    expect((await job.post()).log).toContain('the checkpointer pushed 2 checkpoints');
  });

  it('write no key to a file, and keep no file and no pipe of main open', async () => {
    const { testbed, job, checkpointer } = await checkpointedJob();
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
    expect(job.orphans()).toEqual([checkpointer]);
    const opened = (fd: string) => readlinkSync(`/proc/${checkpointer}/fd/${fd}`);
    expect(['0', '1', '2'].map(opened)).toEqual(['/dev/null', '/dev/null', '/dev/null']);
    const files = readdirSync(`/proc/${checkpointer}/fd`).map(opened);
    expect(files.filter((path) => path.includes(job.temp))).toEqual([]);
    assertNoSecretInFiles(job.files(), [...Object.values(ENV_KEYS), 'ghs_0000']);
  });

  it("give later steps nothing new: the checkpointer's environment has no secret and no right of an action", async () => {
    const rights = {
      ACTIONS_RUNTIME_TOKEN: 'the-runtime-token',
      ACTIONS_RESULTS_URL: 'https://results.example',
    };
    const keys = { access_key: 'AKIAOFTHEINPUTS00000', secret_key: 'secretOfTheInputs/0123456789' };
    const { job, checkpointer, testbed } = await checkpointedJob({ role: false }, keys, {
      actionsEnv: rights,
    });
    const environment = readFileSync(`/proc/${checkpointer}/environ`, 'utf8');
    const names = environment.split('\0').map((entry) => entry.split('=')[0] ?? '');
    expect(names.filter((name) => /^(?:ACTIONS|AWS|INPUT|STATE|GITHUB)_/.test(name))).toEqual([]);
    for (const secret of [...Object.values(ENV_KEYS), ...Object.values(keys), ...Object.values(rights)]) {
      expect(environment).not.toContain(secret);
    }
    // It has them all the same.
    await job.change(stateAfter(1));
    await untilPushed(testbed, stateAfter(1));
  });

  it('are not made without a lock or an interval', async () => {
    const testbed = await openTestbed({ table: false });
    const job = await testbed.job({ with: { checkpoint_interval: '1s' } });
    expect((await job.main()).exitCode).toBe(0);
    expect(job.orphans()).toEqual([]);
    const other = await (await openTestbed()).job();
    expect((await other.main()).exitCode).toBe(0);
    expect(other.orphans()).toEqual([]);
  });

  it('are not made of an older state', async () => {
    const { testbed, job } = await checkpointedJob({ versioning: true });
    await job.change(stateAfter(2));
    await untilPushed(testbed, stateAfter(2));
    await job.change(stateAfter(1));
    const beats = await readBeats(testbed);
    await until(async () => (await readBeats(testbed)) >= beats + 2);
    expect(await readVersions(testbed)).toEqual([stateText(), stateAfter(2)]);
  });
});
