import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import { deniedByDynamodb, deniedByS3 } from '../packaged/faults.ts';
import { putItem, putObject, readObject } from '../support/aws.ts';
import { startProxy } from '../support/proxy.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { findOnPath, missingPart } from '../support/tools.ts';
import { printedCommand, runPrinted } from './printed-command.ts';
import { createRootModule, type RootModule } from './root-module.ts';
import { type SharedState, sharedStates } from './shared-state.ts';

const UNLOCK = join(import.meta.dirname, '../../unlock');
const motoUrl = inject('motoUrl') ?? '';
const aws = findOnPath('aws') ?? missingPart('aws', 'not on PATH');
const setUp = sharedStates();

type LockStores = 'the lock file' | 'both stores';

/** A laptop that uses this lock store, and our inputs for it. */
async function openStores(stores: LockStores) {
  const state = await setUp();
  const { bucket, table } = state.fixture;
  const isBoth = stores === 'both stores';
  const laptop = await createRootModule({
    settings: {
      endpoint: motoUrl,
      bucket,
      key: state.objectKey,
      extra: { use_lockfile: 'true' },
      ...(isBoth ? { table } : {}),
    },
  });
  onTestFinished(() => rm(laptop.dir, { recursive: true, force: true }));
  const { dynamodb_table, ...others } = state.inputs;
  const inputs = { ...others, use_lockfile: 'true', ...(isBoth ? { dynamodb_table: table } : {}) };
  return { state, laptop, inputs };
}

/** The existing locks: the file's, then the item's. */
async function readLocks({
  clients,
  fixture,
  objectKey,
  lockInfo,
}: SharedState): Promise<(string | undefined)[]> {
  const file = await readObject(clients, fixture.bucket, `${objectKey}.tflock`);
  return [file?.toString('utf8'), await lockInfo()];
}

async function kill(laptop: RootModule): Promise<void> {
  const holder = await laptop.hold();
  holder.process.signal('SIGKILL');
  await holder.process.end;
}

/** Runs the step that a message shows, as a workflow would. */
async function runStep(state: SharedState, log: string) {
  const [step] = parse(printedCommand(log, '- { uses: '));
  expect(step.uses).toMatch(/\/unlock@v1$/);
  const inputs = Object.entries(step.with).map(([name, value]) => [name, String(value)]);
  return await (await state.job()).run('main', { actionDir: UNLOCK, with: Object.fromEntries(inputs) });
}

describe.skipIf(!inject('terraform') || !motoUrl || !aws).for<LockStores>(['the lock file', 'both stores'])(
  'a lock that a killed terraform left in %s',
  (where) => {
    if (where === 'the lock file') runStepsInProcess();

    it('is freed by each method that a refused job prints', async () => {
      const { state, laptop, inputs } = await openStores(where);
      const print = async () => {
        await kill(laptop);
        const refused = await (await state.job()).run('main', { with: inputs });
        expect(refused.exitCode).toBe(1);
        return refused.log;
      };
      const run = async (command: string) => {
        expect(await runPrinted(command, laptop.dir, motoUrl)).toMatchObject({ code: 0 });
      };

      const forced = printedCommand(await print(), 'terraform force-unlock ');
      await run(forced.replace('force-unlock', 'force-unlock -force'));
      expect(await readLocks(state)).toEqual([undefined, undefined]);

      const log = await print();
      await run(printedCommand(log, 'held=$(aws s3 cp '));
      if (where === 'both stores') await run(printedCommand(log, 'aws dynamodb delete-item '));
      expect(await readLocks(state)).toEqual([undefined, undefined]);

      expect(await runStep(state, await print())).toMatchObject({ outputs: { reason_code: 'released' } });
      expect(await readLocks(state)).toEqual([undefined, undefined]);
      await laptop.run('plan');
    });

    it("is freed by force when it is half written, which terraform's force-unlock can't do", async () => {
      const { state, laptop, inputs } = await openStores(where);
      await kill(laptop);
      const [file = ''] = await readLocks(state);
      const { clients, fixture, objectKey } = state;
      await putObject(clients, fixture.bucket, `${objectKey}.tflock`, file.slice(0, 60));
      const id = parseLockHolder(file).info?.id ?? '';
      expect((await laptop.tryRun('force-unlock', '-force', id)).code).not.toBe(0);
      const refused = await (await state.job()).run('main', { with: inputs });
      expect(refused.log).toContain('Neither this action nor Terraform can read');
      expect(await runStep(state, refused.log)).toMatchObject({ outputs: { released: 'true' } });
      await laptop.run('plan');
    });
  },
);

describe.skipIf(!inject('terraform') || !motoUrl || !aws)('the aws command for a lock file', () => {
  runStepsInProcess();

  it('leaves the next lock alone', async () => {
    const { state, laptop, inputs } = await openStores('the lock file');
    await kill(laptop);
    const refused = await (await state.job()).run('main', { with: inputs });
    const command = printedCommand(refused.log, 'held=$(aws s3 cp ');
    const { clients, fixture, objectKey } = state;
    await clients.s3.send(new DeleteObjectCommand({ Bucket: fixture.bucket, Key: `${objectKey}.tflock` }));
    await kill(laptop);
    const before = await readLocks(state);
    expect((await runPrinted(command, laptop.dir, motoUrl)).code).not.toBe(0);
    expect(await readLocks(state)).toEqual(before);
  });

  it("and the one for the item free what a post step couldn't", async () => {
    const { state, laptop, inputs } = await openStores('both stores');
    const job = await state.job();
    const proxy = await startProxy(motoUrl);
    onTestFinished(proxy.stop);
    const through = { endpoint: proxy.url, dynamodb_endpoint: proxy.url };
    await job.run('main', { with: { ...inputs, ...through } });
    const refusals = {
      DeleteObject: deniedByS3('DeleteObject'),
      DeleteItem: deniedByDynamodb('DeleteItem'),
    };
    proxy.onRequest(({ operation }) => new Map(Object.entries(refusals)).get(operation) ?? 'pass');
    const post = await job.run('post', { omitInputs: true });
    expect(post.log).toContain('could not be released. It is still held by this job.');
    expect((await readLocks(state)).every((lock) => lock !== undefined)).toBe(true);
    const log = post.log.replaceAll(proxy.url, motoUrl);
    for (const start of ['held=$(aws s3 cp ', 'aws dynamodb delete-item ']) {
      const command = printedCommand(log, start);
      expect(await runPrinted(command, laptop.dir, motoUrl)).toMatchObject({ code: 0 });
    }
    expect(await readLocks(state)).toEqual([undefined, undefined]);
    await laptop.run('plan');
  });

  it('frees the file that a job had to leave when the lock item was held', async () => {
    const { state, laptop, inputs } = await openStores('both stores');
    const theirs = '{"ID":"x","Created":"2026-01-02T03:04:05Z"}';
    for (const way of ['aws', 'step']) {
      await putItem(state.clients, state.fixture.table, state.lockId, { Info: theirs });
      const proxy = await startProxy(motoUrl);
      onTestFinished(proxy.stop);
      proxy.onRequest(({ operation }) =>
        operation === 'DeleteObject' ? deniedByS3('DeleteObject') : 'pass',
      );
      const main = await (await state.job()).run('main', { with: { ...inputs, endpoint: proxy.url } });
      expect(main.outputs.reason_code).toBe('rollback_failed');
      expect(main.log).toContain('The lock file is still there.');
      expect((await readLocks(state))[0]).toBeDefined();
      const log = main.log.replaceAll(proxy.url, motoUrl);
      if (way === 'step') expect((await runStep(state, log)).outputs.released).toBe('true');
      else {
        const command = printedCommand(log, 'held=$(aws s3 cp ');
        expect(await runPrinted(command, laptop.dir, motoUrl)).toMatchObject({ code: 0 });
      }
      expect(await readLocks(state)).toEqual([undefined, theirs]);
    }
  });
});
