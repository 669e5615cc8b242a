import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import { putItem } from '../support/aws.ts';
import type { StageResult } from '../support/runner.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { type SharedState, sharedStates } from './shared-state.ts';

const UNLOCK = join(import.meta.dirname, '../../unlock');
const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

/** Runs the unlock action in a separate job. */
async function unlock(state: SharedState, inputs: Record<string, string>): Promise<StageResult> {
  const { endpoint: _, use_path_style: __, checkpoint_interval: ___, ...where } = state.inputs;
  return await (await state.job()).run('main', { actionDir: UNLOCK, with: { ...where, ...inputs } });
}

/** A state whose lock a killed terraform left. */
async function abandoned() {
  const state = await setUp();
  const laptop = await state.laptop();
  const holder = await laptop.hold();
  holder.process.signal('SIGKILL');
  await holder.process.end;
  return { state, laptop, id: parseLockHolder(await state.lockInfo()).info?.id ?? '' };
}

describe.skipIf(!inject('terraform') || !motoUrl)('the unlock action and the real terraform', () => {
  runStepsInProcess();

  it('frees the lock that a killed terraform left, by its id, and terraform works again', async () => {
    const { state, laptop, id } = await abandoned();
    expect((await laptop.tryRun('plan')).stderr).toContain(id);
    const done = await unlock(state, { lock_id: id });
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'true' } });
    expect(JSON.parse(done.outputs.holder ?? '')).toMatchObject({
      id,
      operation: 'OperationTypeApply',
      run_url: null,
    });
    await laptop.run('plan');
  });

  it('frees it by force', async () => {
    const { state, laptop } = await abandoned();
    expect(await unlock(state, { force: 'true' })).toMatchObject({ outputs: { released: 'true' } });
    await laptop.run('plan');
  });

  it("leaves a person's lock alone with only_if_stale, even if its terraform is dead", async () => {
    const { state, laptop, id } = await abandoned();
    const done = await unlock(state, { only_if_stale: 'true' });
    expect(done).toMatchObject({ exitCode: 0, outputs: { released: 'false', reason_code: 'not_stale' } });
    await laptop.run('force-unlock', '-force', id);
    expect(await state.lockInfo()).toBeUndefined();
  });

  it("frees by force what terraform's force-unlock can't", async () => {
    const state = await setUp();
    const laptop = await state.laptop();
    await putItem(state.clients, state.fixture.table, state.lockId, { Info: '' });
    expect((await laptop.tryRun('plan')).code).not.toBe(0);
    expect((await laptop.tryRun('force-unlock', '-force', 'any')).code).not.toBe(0);
    expect(await unlock(state, { force: 'true' })).toMatchObject({ outputs: { released: 'true' } });
    await laptop.run('plan');
  });
});
