import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunningStage } from '../support/runner.ts';
import { filesBelow } from '../support/runner-checks.ts';
import { writeConfig } from '../support/terraform.ts';
import { type HeldRequest, holdAt, reachedBy, stopAt } from './faults.ts';
import { expectReleased } from './held-job.ts';
import { stateText } from './states.ts';
import { describePackaged, findErrors, openTestbed, type Testbed, type TestbedJob } from './support.ts';

/** Main is what these tests are about; of post's own process others tell. */
const endInProcess = (job: TestbedJob) => job.post({ omitInputs: true, inProcess: true });

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;

/** Where main is when the signal comes, and what happens to the held request once main is gone. */
const STAGES = [
  { title: 'before AssumeRole answers', operation: 'AssumeRole', when: 'before', fate: 'hang' },
  { title: 'at a put of the lock that never arrives', operation: 'PutItem', when: 'before', fate: 'hang' },
  { title: 'at a put of the lock that arrives late', operation: 'PutItem', when: 'before', fate: 'pass' },
  {
    title: 'after the lock is put, before main gets the answer',
    operation: 'PutItem',
    when: 'after',
    fate: 'pass',
  },
  { title: 'while the state is pulled', operation: 'GetObject', when: 'before', fate: 'hang' },
] as const;

describePackaged('main is interrupted', () => {
  for (const stage of STAGES) {
    it.for(SIGNALS)(`${stage.title}, by %s: no lock of ours stays, no state is harmed`, async (signal) => {
      const { testbed, job, main, held } = await stoppedMain(stage.operation, stage.when);
      main.signal(signal);
      const result = await main.done;
      expect(result.exitCode).not.toBe(0);
      const arrived = answerTo(testbed, stage.operation);
      held.releaseLock(stage.fate);
      if (stage.fate === 'pass') await arrived;
      if (stage.title.endsWith('late')) expect(await testbed.lock()).toBeDefined();
      expect((await endInProcess(job)).exitCode).toBe(0);
      await expectNothingLeft(testbed, job);
    });
  }

  it('killed while it pulls without a table: post removes the partial state', async () => {
    const testbed = await openTestbed({ table: false });
    await testbed.seed(stateText());
    const job = await testbed.job();
    const held = holdAt(testbed.proxy, 'GetObject', 'after');
    const main = await job.startMain();
    await stopAt(held, main, 'SIGKILL');
    expect(job.privateDirectories()).toHaveLength(1);
    expect((await endInProcess(job)).exitCode).toBe(0);
    expect(job.privateDirectories()).toEqual([]);
  });

  it.for(SIGNALS)('when the state is already pulled, by %s: post finds what main left', async (signal) => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const job = await testbed.job();
    const main = await job.startMain();
    await main.waitForLine(/Pulled s3:/);
    main.signal(signal);
    await main.done;
    expect((await endInProcess(job)).exitCode).toBe(0);
    await expectNothingLeft(testbed, job);
  });

  it('killed right after it prepared the working directory: post restores that', async () => {
    const testbed = await openTestbed({ role: true });
    await testbed.seed(stateText());
    const job = await testbed.job({ with: { working_directory: 'infra' } });
    const directory = join(job.workspace, 'infra');
    await writeConfig(directory, { 'main.tf': '' });
    const main = await job.startMain();
    await main.waitForLine(/Terraform in .* uses the pulled state/);
    main.signal('SIGKILL');
    await main.done;
    expect(readdirSync(directory)).toHaveLength(3);
    expect(await endInProcess(job)).toMatchObject({ exitCode: 0, annotations: [] });
    expect(filesBelow(directory).map(({ path }) => path)).toEqual([join(directory, 'main.tf')]);
    await expectNothingLeft(testbed, job);
  });

  it('a cancelled main says so, and frees the lock itself before post', async () => {
    const { testbed, job, main, held } = await stoppedMain('GetObject', 'before');
    main.cancel();
    const result = await main.done;
    held.releaseLock('hang');
    expect(result.conclusion).toBe('cancelled');
    expect(result.log).toContain('the job was cancelled');
    expect(await testbed.lock()).toBeUndefined();
    expect(job.privateDirectories()).toEqual([]);
    expect((await endInProcess(job)).log).toContain('Nothing to do');
  });

  it('a cancelled main whose table no longer answers exits before the runner kills it', async () => {
    const { testbed, job, main } = await stoppedMain('GetObject', 'before');
    testbed.proxy.onRequest(() => 'hang');
    main.cancel();
    const result = await main.done;
    expect(result.signal).toBeUndefined();
    expect(findErrors(result)).toContain('could not be released. It is still held by this job.');
    testbed.proxy.reset();
    expect((await endInProcess(job)).exitCode).toBe(0);
    await expectNothingLeft(testbed, job);
  });

  it('a second job gets the lock immediately', async () => {
    const { testbed, job, main, held } = await stoppedMain('GetObject', 'before');
    main.signal('SIGKILL');
    await main.done;
    held.releaseLock('hang');
    expect(await testbed.lock()).toBeDefined();
    await endInProcess(job);
    const next = await testbed.job();
    expect((await next.main()).exitCode).toBe(0);
  });
});

/** A job whose main is stopped at a request of that operation. */
async function stoppedMain(
  operation: string,
  when: 'before' | 'after',
): Promise<{ testbed: Testbed; job: TestbedJob; main: RunningStage; held: HeldRequest }> {
  const testbed = await openTestbed({ role: true });
  await testbed.seed(stateText());
  const job = await testbed.job();
  const held = holdAt(testbed.proxy, operation, when);
  const main = await job.startMain();
  await reachedBy(main, held);
  return { testbed, job, main, held };
}

/** Resolves when the server has answered the request that is held now. */
function answerTo({ proxy }: Testbed, operation: string): Promise<void> {
  const held = proxy.requests.find((record) => record.operation === operation);
  if (held?.status !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    proxy.afterResponse((record) => {
      if (record === held) resolve();
    });
  });
}

async function expectNothingLeft(testbed: Testbed, job: TestbedJob): Promise<void> {
  expect(await testbed.object()).toBe(stateText());
  await expectReleased(testbed, stateText());
  expect(job.privateDirectories()).toEqual([]);
  expect(job.orphans()).toEqual([]);
}
