import { createHash } from 'node:crypto';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startProxy, type WaitDecision } from '../support/proxy.ts';
import type { RunningStage } from '../support/runner.ts';
import { findOnPath, missingPart } from '../support/tools.ts';
import { differs } from './opentofu.ts';
import { printedCommand, runPrinted } from './printed-command.ts';
import { applyToFile } from './root-module.ts';
import { type SharedState, sharedStates } from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const aws = findOnPath('aws') ?? missingPart('aws', 'not on PATH');
const setUp = sharedStates();

/** A job of ours whose post step is killed right after the object's write. */
async function crashBetween(state: SharedState): Promise<void> {
  const [job, proxy] = await Promise.all([state.job({ runId: '666' }), startProxy(motoUrl)]);
  onTestFinished(proxy.stop);
  const through = { endpoint: proxy.url, dynamodb_endpoint: proxy.url };
  const main = await job.run('main', { with: { ...state.inputs, ...through } });
  await applyToFile(main.outputs.state_path, 'one', 'ours');
  let post: RunningStage | undefined;
  proxy.afterResponse(({ operation }) => {
    if (operation === 'PutObject') post?.signal('SIGKILL');
  });
  post = await job.start('post', { omitInputs: true });
  expect((await post.done).signal).toBe('SIGKILL');
}

// Both clients wait 10 s for the digest; each test lets them do so once, in parallel.
describe.skipIf(!inject('terraform') || !motoUrl || !aws)('a crash between the object and its digest', () => {
  it('leaves a lock, which the printed command frees, and a stale digest, which the next job repairs for us and for terraform', async () => {
    const state = await setUp();
    const laptop = await state.laptop();
    await laptop.apply('one');
    const stale = await state.digest();
    await crashBetween(state);

    const [locked, found] = await Promise.all([state.job(), state.job()]);
    const refused = await locked.run('main', { with: state.inputs });
    expect(refused.log).toContain('/actions/runs/666/attempts/1');
    const free = printedCommand(refused.log, 'aws dynamodb delete-item ');
    expect(await runPrinted(free, laptop.dir, motoUrl)).toMatchObject({ code: 0 });

    const planned = laptop.tryRun('plan', '-lock=false');
    const proxy = await startProxy(motoUrl);
    onTestFinished(proxy.stop);
    // Terraform must see the stale digest until it gives up.
    proxy.onRequest(async ({ body }): Promise<WaitDecision> => {
      if (body.includes('"Digest"')) await planned;
      return 'pass';
    });
    const through = { endpoint: proxy.url, dynamodb_endpoint: proxy.url };
    const main = await found.run('main', { with: { ...state.inputs, ...through } });
    const theirs = await planned;
    const calculated = createHash('md5')
      .update(await state.object())
      .digest('hex');
    const lead = differs('names a wrong digest in other words')
      ? 'to the following value:'
      : 'Calculated checksum:';
    expect(theirs.stderr.replaceAll(/\s+/g, ' ')).toContain(`${lead} ${calculated}`);
    expect(main).toMatchObject({ exitCode: 0, outputs: { digest: calculated } });
    expect(main.log).toContain(`Previous digest: ${stale}`);
    expect(await state.digest()).toBe(calculated);
    expect(await laptop.run('output', '-raw', 'words')).toBe('one,ours');
  });

  it('leaves a digest without an object when that was deleted, which the printed command repairs, too', async () => {
    const state = await setUp();
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    await laptop.apply('one');
    const object = { Bucket: state.fixture.bucket, Key: state.objectKey };
    await state.clients.s3.send(new DeleteObjectCommand(object));

    const [main, theirs] = await Promise.all([
      job.run('main', { with: state.inputs }),
      laptop.tryRun('plan', '-lock=false'),
    ]);
    expect(theirs.code).toBe(1);
    expect(main.exitCode).toBe(1);
    expect(main.log).toContain('Calculated checksum: (no object)');
    const repair = printedCommand(main.log, 'aws dynamodb delete-item ');
    expect(await runPrinted(repair, laptop.dir, motoUrl)).toMatchObject({ code: 0 });
    const healed = await (await state.job()).run('main', { with: state.inputs });
    expect(healed.outputs.state_exists).toBe('false');
    expect(await laptop.tryRun('plan', '-lock=false')).toMatchObject({ code: 0 });
  });
});
