import { expect, it } from 'vitest';
import { filesBelow } from '../support/runner-checks.ts';
import { decide, deniedByDynamodb, deniedByS3 } from './faults.ts';
import { heldJob } from './held-job.ts';
import { appliedState, stateText } from './states.ts';
import { describeInProcess, describePackaged, findErrors, md5, openTestbed } from './support.ts';

const NOT_IMPLEMENTED =
  '<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message></Error>';
const PRECONDITION_FAILED = '<Error><Code>PreconditionFailed</Code><Message></Message></Error>';

describePackaged("post can't do its work", () => {
  it('a denied release is completed by a second post', async () => {
    const { testbed, job } = await heldJob();
    decide(testbed.proxy, { DeleteItem: deniedByDynamodb('DeleteItem') });
    expect((await job.post()).exitCode).toBe(1);
    testbed.proxy.reset();
    expect((await job.post()).exitCode).toBe(0);
    expect(await testbed.lock()).toBeUndefined();
    expect(job.privateDirectories()).toEqual([]);
  });

  it('without credentials: fails, names the lock with the command that frees it, and keeps the state', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const job = await testbed.job({ env: {}, with: { skip_metadata_api_check: 'true' } });
    const keys = {
      AWS_ACCESS_KEY_ID: 'AKIAONLYFORTHEMAIN00',
      AWS_SECRET_ACCESS_KEY: 'only-for-the-main-step',
    };
    const main = await job.main(keys);
    await job.change(appliedState());
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('there are no AWS credentials.');
    expect(findErrors(post)).toContain('The action looked, in this order, at:');
    expect(findErrors(post)).toContain(`terraform force-unlock ${main.outputs.lock_id}`);
    const copies = filesBelow(`${job.folders.home}/.terraform-s3-state`);
    expect(copies.map(({ content }) => content.toString('utf8'))).toEqual([appliedState()]);
    expect(await testbed.object()).toBe(stateText());
    const again = await job.post({ omitInputs: true, env: keys });
    expect(again.exitCode).toBe(0);
    expect(await testbed.lock()).toBeUndefined();
    expect(await testbed.object()).toBe(appliedState());
  });
});

describeInProcess("post can't do its work", () => {
  it.for([
    { title: 'nothing to push', change: false, denied: ['DeleteItem'] },
    { title: 'a state to push', change: true, denied: ['DeleteItem', 'TransactWriteItems'] },
  ])(
    'a denied release, $title: fails with the holder and the commands that free the lock',
    async ({ change, denied }) => {
      const { testbed, job } = await heldJob();
      if (change) await job.change(appliedState());
      decide(testbed.proxy, Object.fromEntries(denied.map((name) => [name, deniedByDynamodb(name)])));
      const post = await job.post();
      const error = findErrors(post);
      const { ID, Who, Info } = JSON.parse((await testbed.lock()) ?? '{}');
      expect(post).toMatchObject({ exitCode: 1, conclusion: 'failure' });
      expect(error).toContain(
        `The lock of ${testbed.lockId} could not be released. It is still held by this job.`,
      );
      for (const shown of [ID, Who, Info]) expect(error).toContain(shown);
      expect(error).toContain(`terraform force-unlock ${ID}`);
      expect(error).toContain('aws dynamodb delete-item --region us-east-1');
      expect(error).toContain('dynamodb:DeleteItem');
      expect(post.summary).toContain('❌ not released');
      expect(await testbed.object()).toBe(change ? appliedState() : stateText());
      expect(await testbed.digest()).toBe(md5(change ? appliedState() : stateText()));
      // Post may run again and then needs them.
      expect(job.privateDirectories()).toHaveLength(1);
    },
  );

  it('a state that is written while it is pushed: one whole state after the other, and the last one stays', async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    let puts = 0;
    const stored: string[] = [];
    testbed.proxy.onRequest(async ({ operation, body }) => {
      // Between the hash and the body of the first push.
      if (operation === 'GetItem' && puts === 0) await job.change(appliedState({ serial: 9 }));
      if (operation === 'PutObject') {
        puts += 1;
        stored.push(body.toString());
      }
      return 'pass' as const;
    });
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0 });
    expect(stored).toEqual([appliedState(), appliedState({ serial: 9 })]);
    expect(await testbed.digest()).toBe(md5(appliedState({ serial: 9 })));
    expect(await testbed.lock()).toBeUndefined();
  });

  it("a digest that can't be written: fails with both checksums and the repair, and releases the lock", async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    const [transaction, put] = ['TransactWriteItems', 'PutItem'].map(deniedByDynamodb);
    decide(testbed.proxy, { TransactWriteItems: transaction ?? 'pass', PutItem: put ?? 'pass' });
    const post = await job.post();
    const error = findErrors(post);
    expect(post.exitCode).toBe(1);
    expect(error).toContain('but its digest could not be written to table');
    expect(error).toContain(`MD5 of the pushed state:      ${md5(appliedState())}`);
    expect(error).toContain(`MD5 in the table at the pull: ${md5(stateText())}`);
    expect(error).toContain('aws dynamodb put-item --region us-east-1');
    expect(await testbed.object()).toBe(appliedState());
    expect(await testbed.lock()).toBeUndefined();
  });

  it('PutObject and the rescue copy denied: a copy stays in the home directory', async () => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    decide(testbed.proxy, { PutObject: deniedByS3('PutObject') });
    const post = await job.post();
    const [copy, ...others] = filesBelow(`${job.folders.home}/.terraform-s3-state`);
    expect(others).toEqual([]);
    expect(copy?.content.toString('utf8')).toBe(appliedState());
    expect(copy?.mode).toBe(0o600);
    expect(post.exitCode).toBe(1);
    for (const shown of [findErrors(post), post.summary]) {
      expect(shown).toContain(`${copy?.path} on this runner, which is removed with the job`);
      expect(shown).toContain('A rescue copy in S3 could not be made.');
      expect(shown).toContain('needs the permission s3:PutObject');
    }
    expect(await testbed.object()).toBe(stateText());
    expect(await testbed.lock()).toBeUndefined();
    expect(job.privateDirectories()).toHaveLength(1);
  });

  it.each([
    ['knows no conditional writes', { status: 501, body: NOT_IMPLEMENTED }],
    ['refuses the condition that the object meets', { status: 412, body: PRECONDITION_FAILED }],
  ])('a store that %s: reads before and after the put instead, with one warning', async (_, refusal) => {
    const { testbed, job } = await heldJob();
    await job.change(appliedState());
    testbed.proxy.onRequest(({ operation, headers }) =>
      operation === 'PutObject' && headers['if-match'] !== undefined
        ? { headers: { 'content-type': 'application/xml' }, ...refusal }
        : 'pass',
    );
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(post.annotations.map(({ level }) => level)).toEqual(['warning']);
    expect(post.log).toContain('has no working conditional writes');
    expect(await testbed.object()).toBe(appliedState());
    expect(await testbed.lock()).toBeUndefined();
  });
});
