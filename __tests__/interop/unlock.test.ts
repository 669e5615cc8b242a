import { describe, expect, inject, it } from 'vitest';
import { formatCreated, serializeLockInfo } from '../../src/backend/records/lock-info.ts';
import { putItem } from '../support/aws.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { findOnPath, missingPart } from '../support/tools.ts';
import { printedCommand, runPrinted } from './printed-command.ts';
import { applyToFile } from './root-module.ts';
import { sharedStates } from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const aws = findOnPath('aws') ?? missingPart('aws', 'not on PATH');
const setUp = sharedStates();

/** A job that changed its state, while its lock was freed by force-unlock. */
async function changedAndForced() {
  const state = await setUp();
  const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
  await laptop.apply('one');
  const main = await job.run('main', { with: state.inputs });
  await applyToFile(main.outputs.state_path, 'one', 'ours');
  await laptop.run('force-unlock', '-force', main.outputs.lock_id ?? '');
  return { state, laptop, job };
}

describe.skipIf(!inject('terraform') || !motoUrl)('terraform force-unlock of our lock', () => {
  runStepsInProcess();

  it('works, and post warns about it when there was nothing to push', async () => {
    const state = await setUp();
    const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
    await laptop.apply('one');
    const main = await job.run('main', { with: state.inputs });
    await laptop.run('force-unlock', '-force', main.outputs.lock_id ?? '');
    expect(await state.lockInfo()).toBeUndefined();
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(0);
    expect(post.annotations.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^This job lost the lock of \S+\. Somebody freed it\.$/),
    ]);
  });

  it("works, and post leaves a successor's lock alone and pushes nothing", async () => {
    const { state, laptop, job } = await changedAndForced();
    const holder = await laptop.hold();
    const theirs = await state.lockInfo();
    const before = await state.object();
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(1);
    expect(post.log).toContain(`This job lost the lock of ${state.lockId}, so nothing was pushed.`);
    expect(post.log).toContain('Somebody freed it, and now it is held by');
    expect(post.log).toContain('OperationTypeApply');
    expect(await state.lockInfo()).toBe(theirs);
    expect((await state.object()).equals(before)).toBe(true);
    holder.process.signal('SIGKILL');
    await holder.process.end;
  });

  it.skipIf(!aws)("works, and the printed commands recover what post then couldn't push", async () => {
    const { laptop, job } = await changedAndForced();
    const post = await job.run('post', { omitInputs: true });
    expect(post.exitCode).toBe(1);
    for (const start of ['aws s3 cp ', 'terraform state pull ', 'terraform state push ']) {
      expect(await runPrinted(printedCommand(post.log, start), laptop.dir, motoUrl)).toMatchObject({
        code: 0,
      });
    }
    expect(await laptop.run('output', '-raw', 'words')).toBe('one,ours');
  });

  it.for(['default', 'staging'])(
    'frees a lock whose id has any characters by the command that we print, in workspace %s',
    async (workspace) => {
      const state = await setUp({ workspace });
      const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
      await laptop.apply('one');
      const id = `gha-1/2#x 'y' & <z>`;
      const info = serializeLockInfo({
        id,
        operation: 'odd',
        info: '',
        who: 'a&b@<h>',
        version: '1.0.0',
        created: formatCreated(Date.now()),
        path: state.lockId,
      });
      await putItem(state.clients, state.fixture.table, state.lockId, { Info: info });
      expect((await laptop.tryRun('plan')).stderr).toMatch(/ID: +gha-1\/2#x 'y' & <z>\n/);
      const main = await job.run('main', { with: state.inputs });
      expect(main.log).toContain(`ID:        ${id}`);
      const command = printedCommand(main.log, workspace === 'default' ? 'terraform ' : 'TF_WORKSPACE=');
      const forced = command.replace('force-unlock', 'force-unlock -force');
      expect(await runPrinted(forced, laptop.dir, motoUrl)).toMatchObject({ code: 0 });
      expect(await state.lockInfo()).toBeUndefined();
    },
  );

  it.skipIf(!aws)(
    "can't free a workspace without a state, since it locks it first, but the printed aws command can",
    async () => {
      const state = await setUp({ workspace: 'staging' });
      const [laptop, holder, job] = await Promise.all([state.laptop(), state.job(), state.job()]);
      const held = await holder.run('main', { with: state.inputs });
      const unlock = await laptop.tryRun('force-unlock', '-force', held.outputs.lock_id ?? '');
      expect(unlock.stderr).toContain('failed to lock s3 state');
      const main = await job.run('main', { with: state.inputs });
      const command = printedCommand(main.log, 'aws dynamodb delete-item ');
      expect(await runPrinted(command, laptop.dir, motoUrl)).toMatchObject({ code: 0 });
      expect(await state.lockInfo()).toBeUndefined();
    },
  );
});

describe.skipIf(!inject('terraform') || !motoUrl || !aws)(
  'the aws command that is printed for a held lock',
  () => {
    runStepsInProcess();

    it('frees exactly that lock, whatever its Info, and is refused for the next lock', async () => {
      const state = await setUp();
      const awkward = { workflow: `it's "quoted" $HOME \`id\` \\ <é> & \u2028!`, actor: "o'neil" };
      const [first, second] = await Promise.all([state.job(awkward), state.job(awkward)]);
      await first.run('main', { with: state.inputs });
      const refused = await second.run('main', { with: state.inputs });
      expect(refused.exitCode).toBe(1);
      const command = printedCommand(refused.log, 'aws dynamodb delete-item ');
      const run = () => runPrinted(command, first.workspace, motoUrl);
      expect(await run()).toMatchObject({ code: 0 });
      expect(await state.lockInfo()).toBeUndefined();
      const third = await state.job(awkward);
      await third.run('main', { with: state.inputs });
      const held = await state.lockInfo();
      const late = await run();
      expect(late.code).not.toBe(0);
      expect(late.stderr).toContain('ConditionalCheckFailedException');
      expect(await state.lockInfo()).toBe(held);
    });

    it('frees the lock of a killed terraform', async () => {
      const state = await setUp();
      const [laptop, job] = await Promise.all([state.laptop(), state.job()]);
      const holder = await laptop.hold();
      holder.process.signal('SIGKILL');
      await holder.process.end;
      const main = await job.run('main', { with: state.inputs });
      expect(main.exitCode).toBe(1);
      const command = printedCommand(main.log, 'aws dynamodb delete-item ');
      expect(await runPrinted(command, laptop.dir, motoUrl)).toMatchObject({ code: 0 });
      expect(await state.lockInfo()).toBeUndefined();
      expect((await (await state.job()).run('main', { with: state.inputs })).exitCode).toBe(0);
    });
  },
);
