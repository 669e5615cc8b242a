import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readObject } from '../support/aws.ts';
import { endedJob } from '../support/github-api.ts';
import { expectReleased, readBeats, stateAfter, until } from './checkpointed-job.ts';
import {
  doomedJob,
  giveUp,
  loseRunner,
  on,
  RUN_OF_DOOMED,
  RUNNING,
  readHolderId,
  readResult,
} from './dead-job.ts';
import { appliedState, stateText } from './states.ts';
import { describeInProcess, describePackaged, findErrors } from './support.ts';
import { findNotices, ID, lockInfo, readLockFile } from './unlock-step.ts';

const MINUTE = 60_000;

describePackaged('stale_lock: break', () => {
  it('takes over from a lost runner, shows every field of the old holder, and continues', async () => {
    const doomed = await doomedJob();
    const { testbed, lockId } = doomed;
    await loseRunner(doomed);
    const breaker = await doomed.breaker();
    const main = await breaker.main();
    expect(main).toMatchObject({ exitCode: 0, outputs: { reason_code: 'held' } });
    expect(readResult(main).took_over).toMatchObject({
      id: lockId,
      who: 'mona@doomed',
      run_url: RUN_OF_DOOMED,
    });
    expect(await readHolderId(testbed)).toBe(main.outputs.lock_id);
    expect(main.log).toMatch(/Watching its heartbeat for \ds/);
    for (const words of [findNotices(main).join('\n'), main.summary]) {
      for (const field of [lockId, 'mona@doomed', RUN_OF_DOOMED, 'terraform-s3-state']) {
        expect(words).toContain(field);
      }
    }
    await breaker.change(appliedState());
    expect(await breaker.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
  });

  it('takes over from a job that ended while other jobs of its run continue', async () => {
    const doomed = await doomedJob();
    await loseRunner(doomed);
    const { github } = doomed;
    const jobs = [on('doomed', endedJob(github.now, 0)), on('another', RUNNING)];
    doomed.setRun({ status: 'in_progress', jobs });
    const breaker = await doomed.breaker();
    expect(await breaker.main()).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['table', { checkpoint_interval: '0s' }],
    ['lock file', { use_lockfile: 'true', dynamodb_table: '' }],
  ])("requires the job's end to be stale_after ago without a heartbeat: %s", async (_, inputs) => {
    const doomed = await doomedJob({}, inputs);
    await loseRunner(doomed, 15 * MINUTE);
    const sooner = await (await doomed.breaker({ stale_after: '16m' })).main();
    expect(sooner.outputs.reason_code).toBe('lock_held');
    expect(findErrors(sooner)).toContain(
      'It was not taken over: its job ended only 15m ago, and stale_after is 16m',
    );
    const later = await (await doomed.breaker()).main();
    expect(later).toMatchObject({ exitCode: 0 });
    expect(readResult(later).took_over.id).toBe(doomed.lockId);
  });

  it('takes over both stores', async () => {
    const doomed = await doomedJob({}, { use_lockfile: 'true' });
    await loseRunner(doomed);
    const breaker = await doomed.breaker();
    const main = await breaker.main();
    expect(main).toMatchObject({ exitCode: 0 });
    expect(findNotices(main)[0]).toMatch(/in table .* and the lock file s3:/);
    expect(await readLockFile(doomed.testbed)).toBe(await doomed.testbed.lock());
    expect(await breaker.post()).toMatchObject({ exitCode: 0 });
    expect([await readLockFile(doomed.testbed), await doomed.testbed.lock()]).toEqual([undefined, undefined]);
  });

  it('leaves a holder alone whose heartbeat moves again while it is watched', async () => {
    const doomed = await doomedJob();
    const { testbed, checkpointer, lockId } = doomed;
    process.kill(checkpointer, 'SIGSTOP');
    giveUp(doomed);
    const stage = await (await doomed.breaker()).startMain();
    await stage.waitForLine(/Watching its heartbeat for/);
    const before = await readBeats(testbed);
    process.kill(checkpointer, 'SIGCONT');
    await until(async () => (await readBeats(testbed)) > before);
    const main = await stage.done;
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_held' } });
    expect(findErrors(main)).toMatch(
      /not taken over: its run has ended.*but its heartbeat was not watched for/,
    );
    expect(readResult(main).holder).toMatchObject({ id: lockId, stale: null });
    expect(await readHolderId(testbed)).toBe(lockId);
  });

  it('lets exactly one of two jobs win that break the same lock at once', async () => {
    const doomed = await doomedJob();
    await loseRunner(doomed);
    const [one, two] = await Promise.all([doomed.breaker({}, '78'), doomed.breaker({}, '79')]);
    const mains = await Promise.all([one.main(), two.main()]);
    const codes = mains.map(({ outputs }) => outputs.reason_code);
    expect(codes.sort()).toEqual(['held', 'lock_held']);
    const winner = mains.find(({ exitCode }) => exitCode === 0);
    expect(await readHolderId(doomed.testbed)).toBe(winner?.outputs.lock_id);
  });
});

describePackaged('a job that continues after its lock was broken', () => {
  it("can't checkpoint or push: its state goes to a rescue copy, and the new holder’s state stays", async () => {
    const doomed = await doomedJob();
    const { testbed, job, checkpointer } = doomed;
    // Its Terraform has the file open while it applies.
    const opened = openSync(join(job.stateDirectory, 'terraform.tfstate'), 'r+');
    process.kill(checkpointer, 'SIGSTOP');
    giveUp(doomed);
    const breaker = await doomed.breaker();
    expect(await breaker.main()).toMatchObject({ exitCode: 0 });

    ftruncateSync(opened);
    writeSync(opened, stateAfter(1));
    closeSync(opened);
    process.kill(checkpointer, 'SIGCONT');
    await until(() => !job.orphans().includes(checkpointer));
    expect(await testbed.object()).toBe(stateText());
    const late = await job.post();
    expect(late.exitCode).toBe(1);
    expect(findErrors(late)).toContain('This job lost the lock of');
    const rescued = await readObject(
      testbed.clients,
      testbed.fixture.bucket,
      `${testbed.objectKey}.rescue/77-1`,
    );
    expect(rescued?.toString()).toBe(stateAfter(1));

    await breaker.change(appliedState());
    expect(await breaker.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
  });
});

describeInProcess('stale_lock: break never touches', () => {
  const completed = (now: number) => ({ status: 'completed', jobs: [endedJob(now, 60 * MINUTE)] });
  it.each<[string, string, string]>([
    ["a person's lock, however old", '', 'it names no run of GitHub Actions'],
    ['a lock of another server', RUN_OF_DOOMED.replace('github.com', 'ghe.corp'), 'not on this server'],
    [
      "a lock of a repository that the token can't see",
      RUN_OF_DOOMED.replace('octo', 'other'),
      'no such run',
    ],
    [
      "a lock whose workflow's name is another run's page",
      `octo-org/x, workflow "${RUN_OF_DOOMED}", https://github.com/octo-org/x/actions/runs/1/attempts/1`,
      'more than one run',
    ],
  ])('%s', async (_, info, why) => {
    const doomed = await doomedJob({}, { checkpoint_interval: '0s' });
    const { testbed, github } = doomed;
    doomed.setRun(completed(github.now));
    await testbed.putLock(lockInfo(info));
    testbed.proxy.reset();
    const main = await (await doomed.breaker()).main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_held' } });
    expect(findErrors(main)).toMatch(new RegExp(`It was not taken over: .*${why}`));
    expect(readResult(main).holder).toMatchObject({ stale: null, why: expect.stringContaining(why) });
    expect(await readHolderId(testbed)).toBe(ID);
  });
});

describePackaged('stale_lock: break never touches', () => {
  it('a lock whose run continues, and says so', async () => {
    const doomed = await doomedJob();
    const main = await (await doomed.breaker()).main();
    expect(findErrors(main)).toContain('It was not taken over: its run is still in progress.');
    expect(readResult(main).holder).toMatchObject({ id: doomed.lockId, stale: false });
    expect(await readHolderId(doomed.testbed)).toBe(doomed.lockId);
  });
});
