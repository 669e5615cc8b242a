import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { putObject, readObject } from '../support/aws.ts';
import { expectReleased } from './held-job.ts';
import { appliedState, OTHER_LINEAGE, stateText } from './states.ts';
import {
  describeInProcess,
  describePackaged,
  findWarnings,
  openTestbed,
  type Testbed,
  type TestbedJob,
  toText,
} from './support.ts';
import { findNotices } from './unlock-step.ts';

describePackaged('an errored.tfstate that Terraform wrote because it could not write the state', () => {
  it('is pushed from the working directory, a notice names it, and the file stays', async () => {
    const { testbed, job, path } = await heldCheckout();
    await writeFile(path, appliedState());
    const post = await job.post();
    expect(post.exitCode).toBe(0);
    expect(findNotices(post)).toEqual([expect.stringContaining(path)]);
    await expectReleased(testbed, appliedState());
    expect(await toText(path)).toBe(appliedState());
    expect(job.privateDirectories()).toEqual([]);
  });
});

describeInProcess('an errored.tfstate that Terraform wrote because it could not write the state', () => {
  it("is pushed, too, when the local file is truncated in the middle of Terraform's write", async () => {
    const { testbed, job, path } = await heldCheckout();
    await job.change(appliedState().slice(0, 100));
    await writeFile(path, appliedState());
    expect(await job.post()).toMatchObject({ exitCode: 0 });
    await expectReleased(testbed, appliedState());
  });

  it("is kept like any state when it can't be pushed, with the command to push it, and the file stays", async () => {
    const { testbed, job, path } = await heldCheckout();
    const theirs = stateText({ serial: 9, resources: ['theirs'] });
    await putObject(testbed.clients, testbed.fixture.bucket, testbed.objectKey, theirs);
    await writeFile(path, appliedState());
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    for (const part of [path, '.rescue/1658821493-1', 'terraform state push rescued.tfstate']) {
      expect(post.log).toContain(part);
    }
    expect(await testbed.object()).toBe(theirs);
    expect(await testbed.lock()).toBeUndefined();
    expect(await toText(path)).toBe(appliedState());
  });

  it.each([
    ['is older than the state', appliedState({ serial: 8 }), 'its serial 8 is not higher than 9'],
    [
      'is of another state',
      appliedState({ lineage: OTHER_LINEAGE, serial: 20 }),
      `its lineage is ${OTHER_LINEAGE}`,
    ],
    ['is not whole', appliedState().slice(0, 100), 'it is not a complete state'],
  ])('that %s is named, kept beside the state, and fails the step', async (_, text, why) => {
    const { testbed, job, path } = await heldCheckout();
    const applied = appliedState({ serial: 9 });
    await job.change(applied);
    await writeFile(path, text);
    const post = await job.post();
    expect(post.exitCode).toBe(1);
    const rescued = `${testbed.objectKey}.rescue/1658821493-1-errored-1`;
    expect(String(await readObject(testbed.clients, testbed.fixture.bucket, rescued))).toBe(text);
    expect(post.log).toContain('.rescue/1658821493-1-errored-1');
    expect(findWarnings(post)).toContain(why);
    expect(findWarnings(post)).toContain(path);
    await expectReleased(testbed, applied);
    expect(await toText(path)).toBe(text);
  });
});

/** A job that holds `stateText()` in a checkout; `path` is where Terraform would write errored.tfstate. */
async function heldCheckout(): Promise<{ testbed: Testbed; job: TestbedJob; path: string }> {
  const testbed = await openTestbed();
  await testbed.seed(stateText());
  const job = await testbed.job({ with: { working_directory: 'infra', checkpoint_interval: '0s' } });
  await mkdir(join(job.workspace, 'infra'), { recursive: true });
  expect(await job.main()).toMatchObject({ exitCode: 0 });
  return { testbed, job, path: join(job.workspace, 'infra', 'errored.tfstate') };
}
