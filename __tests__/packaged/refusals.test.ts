import { expect, it } from 'vitest';
import { putObject, readObject } from '../support/aws.ts';
import type { StageResult } from '../support/runner.ts';
import { s3Error } from './faults.ts';
import { heldJob } from './held-job.ts';
import { appliedState, LINEAGE, OTHER_LINEAGE, SENSITIVE, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  findWarnings,
  openTestbed,
  type Testbed,
  type TestbedJob,
  toText,
} from './support.ts';

const RESCUE_KEY = 'network/app.tfstate.rescue/1658821493-1';
const SUCCESSOR = JSON.stringify({
  ID: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  Operation: 'OperationTypeApply',
  Info: '',
  Who: 'alice@laptop',
  Version: '1.11.4',
  Created: '2026-11-22T23:48:15.546865344Z',
  Path: 'p',
});

describePackaged('a push that must not be made is refused, and nothing is lost', () => {
  it('an object that somebody changed without the lock is not overwritten', async () => {
    const { testbed, job } = await heldJob();
    const theirs = appliedState({ resources: ['theirs'] });
    await putObject(testbed.clients, testbed.fixture.bucket, testbed.objectKey, theirs);
    await job.change(appliedState());
    const post = await job.post();
    expect(findErrors(post)).toContain('changed while this job held it, so nothing was pushed over it.');
    expect(findErrors(post)).toContain('a client that leaves no name');
    await expectKept(testbed, job, post, appliedState());
    expect(await testbed.object()).toBe(theirs);
    expect(await testbed.lock()).toBeUndefined();
  });
});

describeInProcess('a push that must not be made is refused, and nothing is lost', () => {
  it.for([
    {
      title: 'a lower serial',
      text: appliedState({ serial: 6 }),
      reason: 'has serial 6, but the pulled one has the newer serial 7',
      recovery: 'terraform state push -force rescued.tfstate',
    },
    {
      title: 'the same serial with other content',
      text: appliedState({ serial: 7 }),
      reason: 'but different content',
      recovery: 'terraform state push -force rescued.tfstate',
    },
    {
      title: 'push-matrix: another lineage',
      text: appliedState({ lineage: OTHER_LINEAGE }),
      reason: `has lineage "${OTHER_LINEAGE}", but the pulled one has "${LINEAGE}"`,
      recovery: 'terraform state push -force rescued.tfstate',
    },
    {
      title: 'an empty file',
      text: '',
      reason: 'a step of this job was killed while it wrote.',
      recovery: "It can't be pushed as it is.",
    },
    {
      title: 'a partial file from a killed terraform',
      text: appliedState().slice(0, 300),
      reason: 'it ends in the middle',
      recovery: "It can't be pushed as it is.",
    },
    {
      title: 'a file that is not JSON',
      text: 'Error: oops\n',
      reason: 'it stops being JSON',
      recovery: "It can't be pushed as it is.",
    },
    {
      title: 'a state of format 3',
      text: '{"version":3,"serial":8}',
      reason: 'The action pushes only version 4 of the format',
      recovery: "It can't be pushed as it is.",
    },
  ])('$title', async ({ text, reason, recovery }) => {
    const { testbed, job } = await heldJob();
    await job.change(text);
    const post = await job.post();
    expect(findErrors(post)).toContain(reason);
    await expectKept(testbed, job, post, text, recovery);
    expect(await testbed.object()).toBe(stateText());
    expect(await testbed.lock()).toBeUndefined();
  });

  it('a lock that was forced and taken by a successor: nothing is pushed, and the successor keeps it', async () => {
    const { testbed, job } = await heldJob();
    await testbed.putLock(SUCCESSOR);
    await job.change(appliedState());
    const post = await job.post();
    expect(findErrors(post)).toContain('This job lost the lock of');
    expect(findErrors(post)).toContain('alice@laptop');
    await expectKept(testbed, job, post, appliedState());
    expect(await testbed.object()).toBe(stateText());
    expect(await testbed.lock()).toBe(SUCCESSOR);
  });

  it('a lock that was forced and is free: nothing is pushed', async () => {
    const { testbed, job } = await heldJob();
    await testbed.freeLock();
    await job.change(appliedState());
    const post = await job.post();
    expect(findErrors(post)).toContain('Somebody freed it.');
    await expectKept(testbed, job, post, appliedState());
    expect(await testbed.object()).toBe(stateText());
  });

  it('an object that somebody created meanwhile is not overwritten', async () => {
    const testbed = await openTestbed();
    const job = await testbed.job();
    const { outputs } = await job.main();
    expect(outputs.state_exists).toBe('false');
    await testbed.seed(stateText());
    await job.change(appliedState());
    const post = await job.post();
    await expectKept(testbed, job, post, appliedState());
    expect(await testbed.object()).toBe(stateText());
  });

  it('the rescue copy is encrypted as the state would have been', async () => {
    const { testbed, job } = await heldJob({ encrypt: 'true', acl: 'bucket-owner-full-control' });
    await job.change('');
    await job.post();
    const rescue = testbed.proxy.requests.find(
      ({ operation, path }) => operation === 'PutObject' && path.includes('.rescue/'),
    );
    expect(rescue?.headers).toMatchObject({
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-acl': 'bucket-owner-full-control',
    });
  });

  it('a store that refuses: kept, digest untouched, released', async () => {
    const { testbed, job } = await heldJob();
    testbed.proxy.onRequest(({ operation, path }) =>
      operation === 'PutObject' && !path.includes('.rescue/')
        ? s3Error(400, 'InvalidRequest', 'The bucket does not take this object.')
        : 'pass',
    );
    const digest = await testbed.digest();
    await job.change(appliedState());
    const post = await job.post();
    expect(findErrors(post)).toContain('s3:PutObject on s3://');
    await expectKept(testbed, job, post, appliedState());
    expect(await testbed.digest()).toBe(digest);
    expect(await testbed.lock()).toBeUndefined();
  });
});

describeInProcess('a lock that was freed by somebody else, with nothing to push', () => {
  it('is a warning, and the job succeeds', async () => {
    const { testbed, job } = await heldJob();
    await testbed.freeLock();
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(findWarnings(post)).toMatch(/This job lost the lock of \S+\. Somebody freed it/);
  });

  it('the successor keeps the lock and is named', async () => {
    const { testbed, job } = await heldJob();
    await testbed.putLock(SUCCESSOR);
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(findWarnings(post)).toContain('now it is held by alice@laptop (OperationTypeApply)');
    expect(await testbed.lock()).toBe(SUCCESSOR);
  });
});

/** Post fails, the file is kept here and in S3, and error, log and summary say so. */
async function expectKept(
  testbed: Testbed,
  job: TestbedJob,
  post: StageResult,
  text: string,
  recovery = 'terraform state push rescued.tfstate',
): Promise<void> {
  const { bucket } = testbed.fixture;
  expect(post).toMatchObject({ exitCode: 1, conclusion: 'failure' });
  expect((await readObject(testbed.clients, bucket, RESCUE_KEY))?.toString('utf8')).toBe(text);
  const directory = job.stateDirectory;
  expect(await toText(`${directory}/terraform.tfstate`)).toBe(text);
  const error = findErrors(post);
  for (const shown of [error, post.groups[0]?.lines.join('\n') ?? '', post.summary]) {
    expect(shown).toContain(`s3://${bucket}/${RESCUE_KEY}`);
    expect(shown).toContain(`${directory}/terraform.tfstate`);
  }
  for (const shown of [error, post.summary]) {
    expect(shown).toContain(`s3://${bucket}/${RESCUE_KEY} rescued.tfstate`);
    expect(shown).toContain(recovery);
  }
  expect(post.log.split(`${RESCUE_KEY} rescued.tfstate`), 'the log says it once').toHaveLength(2);
  expect(post.summary).toContain('❌ Terraform state: not pushed, kept');
  expect(post.summary).not.toContain(SENSITIVE);
}
