import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { listObjects } from '../support/aws.ts';
import { deleteObject } from '../support/backend.ts';
import type { StageResult } from '../support/runner.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { applyToFile } from './root-module.ts';
import { parseState, type SharedState, sharedStates } from './shared-state.ts';

const HISTORY = join(import.meta.dirname, '../../history');
const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

async function history(state: SharedState, inputs: Record<string, string>): Promise<StageResult> {
  const { checkpoint_interval: _, ...where } = state.inputs;
  const job = await state.job();
  return await job.run('main', { actionDir: HISTORY, with: { ...where, ...inputs } });
}

describe.skipIf(!inject('terraform') || !motoUrl)('history/ and terraform', () => {
  runStepsInProcess();

  it('undoes any apply and deletion: terraform continues from the restored state', async () => {
    const state = await setUp({ lockedIn: 'both' });
    const laptop = await state.laptop();
    const plan = (...words: string[]) =>
      laptop.tryRun('plan', '-detailed-exitcode', '-var', `words=${JSON.stringify(words)}`);
    await laptop.apply('one');
    await laptop.apply('one', 'two');
    const { serial, lineage } = parseState(await state.object());

    const restored = await history(state, { command: 'restore', steps_back: '1' });
    expect(restored).toMatchObject({ exitCode: 0, outputs: { serial: String(serial + 1) } });
    expect(parseState(await state.object())).toMatchObject({ serial: serial + 1, lineage });
    expect((await plan('one')).code).toBe(0);
    const difference = await plan('one', 'two');
    expect(difference).toMatchObject({ code: 2 });
    expect(difference.stdout).toContain('1 to add, 0 to change, 0 to destroy');
    await laptop.apply('one', 'two');
    expect(parseState(await state.object()).serial).toBe(serial + 2);

    await deleteObject(state.clients, state.fixture.bucket, state.objectKey);
    const back = await history(state, { command: 'restore', steps_back: '1' });
    expect(back).toMatchObject({ exitCode: 0, outputs: { reason_code: 'restored' } });
    expect((await plan('one', 'two')).code).toBe(0);
    await laptop.apply('two');
    const words = parseState(await state.object()).resources.flatMap(({ instances }) => instances);
    expect(words).toMatchObject([{ index_key: 'two' }]);
  });

  it('undoes any apply in a bucket without versions: terraform continues from the snapshot, and lists no workspace for it', async () => {
    const state = await setUp({ versioning: false, workspace: 'blue' });
    const laptop = await state.laptop();
    await laptop.apply('one');
    const before = parseState(await state.object());
    const job = await state.job();
    const main = await job.run('main', { with: state.inputs });
    await applyToFile(main.outputs.state_path, 'one', 'two');
    expect((await job.run('post', { omitInputs: true })).exitCode).toBe(0);
    const { serial } = parseState(await state.object());
    expect(serial).toBeGreaterThan(before.serial);

    const restored = await history(state, { command: 'restore', steps_back: '1' });
    expect(restored).toMatchObject({ exitCode: 0, outputs: { serial: String(serial + 1) } });
    expect(parseState(await state.object())).toEqual({ ...before, serial: serial + 1 });
    const plan = await laptop.tryRun('plan', '-detailed-exitcode', '-var', 'words=["one"]');
    expect(plan.code).toBe(0);
    const kept = await listObjects(state.clients, state.fixture.bucket, `${state.objectKey}.backup/`);
    expect(kept).toHaveLength(2);
    const listed = await laptop.run('workspace', 'list');
    expect(listed.match(/(?<=^[* ] )\S+$/gm)).toEqual(['default', 'blue']);
  });
});
