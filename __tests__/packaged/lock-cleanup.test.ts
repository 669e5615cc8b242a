import { readdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { expect, it } from 'vitest';
import { holdAt, reachedBy, stopAt } from './faults.ts';
import { stateText } from './states.ts';
import {
  describePackaged,
  findErrors,
  findWarnings,
  openTestbed,
  type Testbed,
  type TestbedJob,
} from './support.ts';
import { findNotices, RUN } from './unlock-step.ts';

const OURS = `${userInfo().username}@${hostname()}`;
const ID = '1c9a1df2-7d5f-0b7e-8a70-5b1f6a1d2c3e';

interface LeftLock {
  readonly who?: string;
  readonly info?: string;
  readonly created?: number;
}

/** A lock as the job's Terraform leaves it when it is killed. */
function leftLock({ who = OURS, info = '', created = Date.now() }: LeftLock = {}): string {
  const Created = new Date(created).toISOString();
  const fields = { Operation: 'OperationTypeApply', Info: info, Who: who, Version: '1.11.4', Created };
  return JSON.stringify({ ID, ...fields, Path: 'bucket/network/app.tfstate' });
}

describePackaged('lock: guard', () => {
  it('takes no lock, pulls, writes and exports nothing, and says that it watches', async () => {
    const { testbed, job } = await checkpointedJob();
    expect(await testbed.lock()).toBeUndefined();
    expect(testbed.calls()).toEqual(expect.arrayContaining(['dynamodb GetItem', 'sts GetCallerIdentity']));
    expect(testbed.proxy.requests).toHaveLength(2);
    // The process that watches may have begun its record there.
    const written = job.privateDirectories().flatMap((directory) => readdirSync(directory));
    expect(written.filter((name) => name !== 'checkpointer')).toEqual([]);
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain(`No lock is left on ${testbed.lockId}.`);
    expect(job.files()).toEqual([]);
    expect(job.privateDirectories()).toEqual([]);
  });

  it("frees the lock that this job's Terraform left, conditionally, and shows every field", async () => {
    const { testbed, job } = await checkpointedJob();
    await testbed.putLock(leftLock());
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(await testbed.lock()).toBeUndefined();
    const [notice = ''] = findNotices(post);
    expect(notice).toContain(
      `Freed the lock of ${testbed.lockId}, which this job's Terraform had left behind.`,
    );
    for (const field of [ID, OURS, 'OperationTypeApply']) expect(notice).toContain(field);
    expect(await testbed.object()).toBe(stateText());
  });

  it.each<[string, LeftLock, string]>([
    ["somebody else's", { who: 'alice@laptop' }, 'somebody else took it'],
    ["another user's on this machine", { who: `deploy@${hostname()}` }, 'somebody else took it'],
    ['one from before this job', { created: Date.now() - 3_600_000 }, 'it was taken before this job began'],
    ['one that names a run', { info: `octo-org/website, ${RUN}` }, 'a step of this action holds it'],
  ])('leaves %s alone and names its holder', async (_, lock, why) => {
    const { testbed, job } = await checkpointedJob();
    const theirs = leftLock(lock);
    await testbed.putLock(theirs);
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain(why);
    expect(post.log).toContain(`held by ${lock.who ?? OURS}`);
    expect(await testbed.lock()).toBe(theirs);
  });

  it('leaves an unreadable lock alone', async () => {
    const { testbed, job } = await checkpointedJob();
    await testbed.putLock('{');
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    expect(await testbed.lock()).toBe('{');
  });

  it('leaves a lock that changes hands before it is freed to its new holder', async () => {
    const { testbed, job } = await checkpointedJob();
    await testbed.putLock(leftLock());
    const theirs = leftLock({ who: 'alice@laptop' });
    testbed.proxy.onRequest(async ({ operation }) => {
      if (operation === 'DeleteItem') await testbed.putLock(theirs);
      return 'pass' as const;
    });
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(post.log).toContain('is now held by alice@laptop');
    expect(await testbed.lock()).toBe(theirs);
  });

  it('fails in main for a wrong table, before the job has done anything', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job({ with: { lock: 'guard', dynamodb_table: 'no-such-table' } });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'no_such_table' } });
  });

  it("fails the job when the lock can't be freed, with its holder and the commands", async () => {
    const { testbed, job } = await checkpointedJob();
    await testbed.putLock(leftLock());
    testbed.proxy.onRequest(({ operation }) =>
      operation === 'DeleteItem'
        ? {
            status: 400,
            headers: { 'content-type': 'application/x-amz-json-1.0' },
            body: JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' }),
          }
        : 'pass',
    );
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('it could not be freed.');
    expect(findErrors(post)).toContain(OURS);
    expect(findErrors(post)).toContain(`terraform force-unlock ${ID}`);
  });

  it('frees the lock in the remaining time when it is interrupted', async () => {
    const { testbed, job } = await checkpointedJob();
    await testbed.putLock(leftLock());
    const held = holdAt(testbed.proxy, 'DeleteItem', 'before');
    const post = await job.start('post', { omitInputs: true });
    const result = await stopAt(held, post, 'cancel', 'hang');
    expect(result).toMatchObject({ exitCode: 0, signal: undefined });
    expect(await testbed.lock()).toBeUndefined();
  });

  it('still checks for a lock in post after main was cancelled', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job({ with: { lock: 'guard' } });
    const held = holdAt(testbed.proxy, 'GetItem', 'before');
    const main = await job.startMain();
    await reachedBy(main, held);
    main.cancel();
    expect((await main.done).exitCode).toBe(1);
    held.releaseLock('hang');
    testbed.proxy.reset();
    await testbed.putLock(leftLock());
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    expect(await testbed.lock()).toBeUndefined();
  });

  it('refuses inputs for a pulled state, and a backend without a lock', async () => {
    const testbed = await openTestbed({ table: false });
    const job = await testbed.job({
      with: { lock: 'guard', working_directory: '.', expect_fingerprint: 'no-state' },
    });
    const main = await job.main();
    expect(main.exitCode).toBe(1);
    for (const name of ['dynamodb_table', 'expect_fingerprint']) {
      expect(findErrors(main)).toMatch(new RegExp(`^ {2}${name} is .*lock: guard`, 'm'));
    }
    expect(testbed.proxy.requests).toEqual([]);
  });
});

/** A job after its main step, at a testbed with a state and no lock. */
async function checkpointedJob(): Promise<{ testbed: Testbed; job: TestbedJob }> {
  const testbed = await openTestbed();
  await testbed.seed(stateText());
  const job = await testbed.job({ with: { lock: 'guard' } });
  const main = await job.main();
  expect(main).toMatchObject({ exitCode: 0, annotations: [], exportedEnv: {} });
  expect(main.outputs).toMatchObject({ reason_code: 'watching' });
  expect(Object.keys(main.outputs).sort()).toEqual(['reason_code', 'result']);
  expect(findWarnings(main)).toBe('');
  return { testbed, job };
}
