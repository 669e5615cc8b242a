import { expect, it } from 'vitest';
import { readObject } from '../support/aws.ts';
import { holdAt, stopAt } from './faults.ts';
import { appliedState, stateText } from './states.ts';
import { describePackaged, findErrors, findWarnings, openTestbed, toText } from './support.ts';

const THEIRS =
  '{"ID":"1","Operation":"OperationTypeApply","Info":"","Who":"alice@laptop","Version":"1.11.4","Created":"2026-01-02T03:04:05Z","Path":"p"}';

describePackaged('lock: none', () => {
  it("pulls under another's lock, leaves that alone, and gives no warning", async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    await testbed.putLock(THEIRS);
    const job = await testbed.job({ with: { lock: 'none' } });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, annotations: [] });
    expect(main.outputs).toMatchObject({ reason_code: 'pulled', lock_id: '', serial: '7' });
    expect(await toText(main.outputs.state_path)).toBe(stateText());
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    const titles = [...main.groups, ...post.groups].map(({ title }) => title);
    expect(titles).toEqual(['Pull the state', 'Push the state']);
    expect(await testbed.lock()).toBe(THEIRS);
  });

  it('never pushes: a changed copy is kept and fails the job, because no state has what the job created', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const job = await testbed.job({ with: { lock: 'none' } });
    await job.main();
    await job.change(appliedState());
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain("This job's Terraform changed the state");
    expect(findErrors(post)).toContain('lock: none pushes nothing');
    const rescued = `${testbed.objectKey}.rescue/1658821493-1`;
    expect(findErrors(post)).toContain(rescued);
    const { clients, fixture } = testbed;
    expect((await readObject(clients, fixture.bucket, rescued))?.toString()).toBe(appliedState());
    expect(post.summary).toContain('not taken: <code>lock: none</code>');
    expect(await testbed.object()).toBe(stateText());
  });

  it('needs no table', async () => {
    const testbed = await openTestbed({ table: false });
    const job = await testbed.job({ with: { lock: 'none', lock_timeout: '1m' } });
    const main = await job.main();
    expect(main.exitCode).toBe(0);
    expect(findWarnings(main)).toBe('lock_timeout has no effect with lock: none, which takes no lock.');
  });

  it('is refused with pull: false, since there is nothing to do', async () => {
    const testbed = await openTestbed();
    const main = await (await testbed.job({ with: { lock: 'none', pull: 'false' } })).main();
    expect(main.exitCode).toBe(1);
    expect(findErrors(main)).toContain('pull is "false": with lock: none there is nothing left to do');
  });
});

describePackaged('pull: false', () => {
  it('takes the lock alone: no state, no file, nothing exported, and post releases it', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const job = await testbed.job({ with: { pull: 'false' } });
    const main = await job.main();
    expect(main).toMatchObject({ exitCode: 0, annotations: [], exportedEnv: {} });
    expect(main.outputs).toMatchObject({ reason_code: 'locked', workspace: 'default' });
    expect(Object.keys(main.outputs).sort()).toEqual(['lock_id', 'reason_code', 'result', 'workspace']);
    expect(await testbed.lock()).toContain(main.outputs.lock_id);
    expect(job.files().filter(({ path }) => path.includes('tfstate'))).toEqual([]);
    expect(testbed.calls().filter((call) => call.startsWith('s3'))).toEqual([]);
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    expect(post.log).toContain('Nothing to push: this job holds only the lock.');
    expect(post.summary).toContain('🔒 Terraform state: lock only');
    expect(await testbed.lock()).toBeUndefined();
    expect(await testbed.object()).toBe(stateText());
    expect(job.privateDirectories()).toEqual([]);
  });

  it('warns when somebody freed the lock meanwhile: the job worked without it', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job({ with: { pull: 'false' } });
    await job.main();
    await testbed.putLock(THEIRS);
    const post = await job.post();
    expect(findWarnings(post)).toMatch(/This job lost the lock of \S+\. Somebody freed it/);
    expect(await testbed.lock()).toBe(THEIRS);
  });

  it('a main that is killed as it takes the lock leaves a post that frees it', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job({ with: { pull: 'false' } });
    const held = holdAt(testbed.proxy, 'PutItem', 'after');
    const main = await job.startMain();
    await stopAt(held, main, 'SIGKILL', 'hang');
    testbed.proxy.reset();
    expect(await testbed.lock()).toBeDefined();
    expect((await job.post()).exitCode).toBe(0);
    expect(await testbed.lock()).toBeUndefined();
  });

  it('refuses what needs a state, and a backend without a lock', async () => {
    const testbed = await openTestbed({ table: false });
    const inputs = { pull: 'false', working_directory: '.', expect_fingerprint: 'no-state' };
    const main = await (await testbed.job({ with: inputs })).main();
    expect(main.exitCode).toBe(1);
    for (const name of ['dynamodb_table', 'expect_fingerprint']) {
      expect(findErrors(main)).toMatch(new RegExp(`^ {2}${name} is .*pull: false`, 'm'));
    }
  });
});
