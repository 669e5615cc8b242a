import { describe, expect, inject, it } from 'vitest';
import { SHA } from '../packaged/stored-plan.ts';
import { headObject } from '../support/aws.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { applyToFile } from './root-module.ts';
import { type SharedState, sharedStates } from './shared-state.ts';

const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

/** A job of ours that applies these words; returns the outputs of its main step. */
async function runJob(state: SharedState, runId: string, actor: string, ...words: string[]) {
  const job = await state.job({ runId, actor });
  const { outputs } = await job.run('main', { with: state.inputs });
  await applyToFile(outputs.state_path, ...words);
  expect((await job.run('post', { omitInputs: true })).exitCode).toBe(0);
  return outputs;
}

async function readMetadata(state: SharedState): Promise<Record<string, string>> {
  const head = await headObject(state.clients, state.fixture.bucket, state.objectKey);
  return head?.Metadata ?? {};
}

describe.skipIf(!inject('terraform') || !motoUrl)('the author of the state', () => {
  runStepsInProcess();

  it('is stored in the object that we pushed, which terraform can still read', async () => {
    const state = await setUp();
    const laptop = await state.laptop();
    const { lock_id } = await runJob(state, '4711', 'mona', 'one');
    expect(await readMetadata(state)).toEqual({
      'terraform-s3-state-run': 'https://github.com/octo-org/infrastructure/actions/runs/4711/attempts/1',
      'terraform-s3-state-actor': 'mona',
      'terraform-s3-state-commit': SHA,
      'terraform-s3-state-lock-id': lock_id,
      'terraform-s3-state-lock-stores': 'item',
      'terraform-s3-state-md5': await state.digest(),
    });
    expect(await laptop.tryRun('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
  });

  it('is removed by a write of terraform, so nobody is named wrongly', async () => {
    const state = await setUp();
    const laptop = await state.laptop();
    await runJob(state, '4711', 'mona', 'one');
    await laptop.apply('one', 'theirs');
    expect(await readMetadata(state)).toEqual({});
  });

  it('is shown to an apply whose plan was made on another state: actor and run after one of our jobs', async () => {
    const state = await setUp();
    const laptop = await state.laptop();
    await laptop.apply('one');
    const planned = await runJob(state, '4711', 'mona', 'one', 'two');
    const job = await state.job();
    const expected = planned.fingerprint ?? '';
    const main = await job.run('main', { with: { ...state.inputs, expect_fingerprint: expected } });
    expect(main.exitCode).toBe(1);
    expect(main.log).toContain('has changed since the plan was made; nothing was applied.');
    expect(main.log).toContain(`expected (expect_fingerprint): ${expected}`);
    expect(main.log).toMatch(
      /written at \S+Z by mona in https:\/\/github\.com\/octo-org\/infrastructure\/actions\/runs\/4711\/attempts\/1\./,
    );
    expect(await state.lockInfo()).toBeUndefined();
  });

  it('is shown as unknown to such an apply after a write of terraform', async () => {
    const state = await setUp();
    const laptop = await state.laptop();
    await runJob(state, '4711', 'mona', 'one');
    const reader = await state.job();
    const { outputs } = await reader.run('main', { with: state.inputs });
    await reader.run('post', { omitInputs: true });
    await laptop.apply('one', 'theirs');
    const job = await state.job();
    const expected = outputs.fingerprint ?? '';
    const main = await job.run('main', { with: { ...state.inputs, expect_fingerprint: expected } });
    expect(main.exitCode).toBe(1);
    expect(main.log).toMatch(/written at \S+Z by a client that leaves no name/);
    expect(main.log).not.toContain('mona');
    expect(await state.lockInfo()).toBeUndefined();
  });

  it("doesn't matter to an apply on the state of its plan, whoever wrote it", async () => {
    const state = await setUp();
    const laptop = await state.laptop();
    await laptop.apply('one');
    const plan = await state.job();
    const { outputs } = await plan.run('main', { with: state.inputs });
    await plan.run('post', { omitInputs: true });
    expect(await laptop.tryRun('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
    const job = await state.job();
    const inputs = { ...state.inputs, expect_fingerprint: outputs.fingerprint ?? '' };
    expect((await job.run('main', { with: inputs })).exitCode).toBe(0);
  });
});
