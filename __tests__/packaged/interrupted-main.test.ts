import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunningStage } from '../support/runner.ts';
import { filesBelow } from '../support/runner-checks.ts';
import { writeConfig } from '../support/terraform.ts';
import { type HeldRequest, holdAt, reachedBy } from './faults.ts';
import { expectReleased } from './held-job.ts';
import { stateText } from './states.ts';
import { describePackaged, errorsOf, openPlace, type Place, type PlaceJob } from './support.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;

/** Where main is when the signal comes, and what becomes of the held request once main is gone. */
const STAGES = [
  { title: 'before AssumeRole answers', operation: 'AssumeRole', when: 'before', fate: 'hang' },
  { title: 'at a put of the lock that never arrives', operation: 'PutItem', when: 'before', fate: 'hang' },
  { title: 'at a put of the lock that arrives late', operation: 'PutItem', when: 'before', fate: 'pass' },
  {
    title: 'after the lock is put, before main hears of it',
    operation: 'PutItem',
    when: 'after',
    fate: 'pass',
  },
  { title: 'while the state is pulled', operation: 'GetObject', when: 'before', fate: 'hang' },
] as const;

describePackaged('main is interrupted', () => {
  for (const stage of STAGES) {
    it.for(SIGNALS)(`${stage.title}, by %s: no lock of ours stays, no state is harmed`, async (signal) => {
      const { place, job, main, held } = await stoppedMain(stage.operation, stage.when);
      main.signal(signal);
      const result = await main.done;
      expect(result.exitCode).not.toBe(0);
      const arrived = answerTo(place, stage.operation);
      held.releaseLock(stage.fate);
      if (stage.fate === 'pass') await arrived;
      if (stage.title.endsWith('late')) expect(await place.lock()).toBeDefined();
      expect((await job.post()).exitCode).toBe(0);
      await expectNothingLeft(place, job);
    });
  }

  it('killed while it pulls without a table: post removes what is there of the state', async () => {
    const place = await openPlace({ table: false });
    await place.seed(stateText());
    const job = await place.job();
    const held = holdAt(place.proxy, 'GetObject', 'after');
    const main = await job.startMain();
    await reachedBy(main, held);
    main.signal('SIGKILL');
    await main.done;
    held.releaseLock();
    expect(job.privateDirectories()).toHaveLength(1);
    expect((await job.post()).exitCode).toBe(0);
    expect(job.privateDirectories()).toEqual([]);
  });

  it.for(SIGNALS)('when the state is pulled already, by %s: post finds what main left', async (signal) => {
    const place = await openPlace({ role: true });
    await place.seed(stateText());
    const job = await place.job();
    const main = await job.startMain();
    await main.waitForLine(/Pulled s3:/);
    main.signal(signal);
    await main.done;
    expect((await job.post()).exitCode).toBe(0);
    await expectNothingLeft(place, job);
  });

  it('killed right after it prepared the working directory: post restores that', async () => {
    const place = await openPlace({ role: true });
    await place.seed(stateText());
    const job = await place.job({ with: { working_directory: 'infra' } });
    const directory = join(job.workspace, 'infra');
    await writeConfig(directory, { 'main.tf': '' });
    const main = await job.startMain();
    await main.waitForLine(/Terraform in .* uses the pulled state/);
    main.signal('SIGKILL');
    await main.done;
    expect(readdirSync(directory)).toHaveLength(3);
    expect(await job.post()).toMatchObject({ exitCode: 0, annotations: [] });
    expect(filesBelow(directory).map(({ path }) => path)).toEqual([join(directory, 'main.tf')]);
    await expectNothingLeft(place, job);
  });

  it('a cancelled main says so, and frees the lock itself before post', async () => {
    const { place, job, main, held } = await stoppedMain('GetObject', 'before');
    main.cancel();
    const result = await main.done;
    held.releaseLock('hang');
    expect(result.conclusion).toBe('cancelled');
    expect(result.log).toContain('the job was cancelled');
    expect(await place.lock()).toBeUndefined();
    expect(job.privateDirectories()).toEqual([]);
    expect((await job.post()).log).toContain('Nothing to do');
  });

  it('a cancelled main whose table answers no more ends by itself before the runner kills it', async () => {
    const { place, job, main } = await stoppedMain('GetObject', 'before');
    place.proxy.onRequest(() => 'hang');
    main.cancel();
    const result = await main.done;
    expect(result.signal).toBeUndefined();
    expect(errorsOf(result)).toContain('could not be released. It is still held by this job:');
    place.proxy.reset();
    expect((await job.post()).exitCode).toBe(0);
    await expectNothingLeft(place, job);
  });

  it('a second job gets the lock at once', async () => {
    const { place, job, main, held } = await stoppedMain('GetObject', 'before');
    main.signal('SIGKILL');
    await main.done;
    held.releaseLock('hang');
    expect(await place.lock()).toBeDefined();
    await job.post();
    const next = await place.job();
    expect((await next.main()).exitCode).toBe(0);
  });
});

/** A job whose main is stopped at a request of that operation. */
async function stoppedMain(
  operation: string,
  when: 'before' | 'after',
): Promise<{ place: Place; job: PlaceJob; main: RunningStage; held: HeldRequest }> {
  const place = await openPlace({ role: true });
  await place.seed(stateText());
  const job = await place.job();
  const held = holdAt(place.proxy, operation, when);
  const main = await job.startMain();
  await reachedBy(main, held);
  return { place, job, main, held };
}

/** Resolves when the server has answered the request that is held now. */
function answerTo({ proxy }: Place, operation: string): Promise<void> {
  const held = proxy.requests.find((record) => record.operation === operation);
  if (held?.status !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    proxy.afterResponse((record) => {
      if (record === held) resolve();
    });
  });
}

async function expectNothingLeft(place: Place, job: PlaceJob): Promise<void> {
  expect(await place.object()).toBe(stateText());
  await expectReleased(place, stateText());
  expect(job.privateDirectories()).toEqual([]);
  expect(job.orphans()).toEqual([]);
}
