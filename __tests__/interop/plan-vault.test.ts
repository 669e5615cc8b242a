import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { stateAddress } from '../../src/backend/address.ts';
import { planKey, planRecordKey } from '../../src/backend/plan-vault/plan-id.ts';
import { listObjects, readObject } from '../support/aws.ts';
import type { Job, StageResult } from '../support/runner.ts';
import { terraformEnv, writeConfig } from '../support/terraform.ts';
import { WORDS } from './root-module.ts';
import { parseState, type SharedState, sharedStates } from './shared-state.ts';

const setUp = sharedStates();
const hasParts = inject('terraform') && inject('motoUrl') !== undefined;
const { PATH: _path, HOME: _home, ...QUIET } = terraformEnv();

/** A job with a checkout, whose hold step gets these inputs as well. */
async function startJob(state: SharedState, runId: string, inputs: Record<string, string>) {
  const job = await state.job({ runId });
  const dir = join(job.workspace, 'infra');
  await mkdir(dir, { recursive: true });
  await writeConfig(dir, { 'main.tf': WORDS });
  const main = await job.run('main', { with: { ...state.inputs, working_directory: 'infra', ...inputs } });
  return { job, dir, main };
}

/** A `run:` step of the job, which has to succeed. */
async function run(job: Job, dir: string, script: string): Promise<void> {
  const step = await job.startStep('sh', ['-ec', script], { cwd: dir, env: QUIET });
  const { exitCode, log } = await step.done;
  expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
}

const findErrors = ({ annotations }: StageResult): string =>
  annotations.map(({ level, message }) => (level === 'error' ? message : '')).join('\n');

describe.skipIf(!hasParts)('exactly the plan that was approved', () => {
  it('goes from the job that plans to the one that applies, once, and only on the state that it is of', async () => {
    const state = await setUp();
    const { clients, fixture, objectKey } = state;
    const address = stateAddress({
      bucket: fixture.bucket,
      key: objectKey,
      workspace: 'default',
      workspaceKeyPrefix: 'env:',
    });
    const planned = await startJob(state, '4711', {
      lock: 'none',
      plan_file: 'infra/tfplan',
      plan_json: 'infra/plan.json',
    });
    expect(planned.main).toMatchObject({ exitCode: 0, outputs: { plan_id: '4711-1', plan_path: '' } });
    await run(
      planned.job,
      planned.dir,
      'terraform init -input=false; terraform plan -input=false -out=tfplan; terraform show -json tfplan > plan.json',
    );
    const stored = await planned.job.run('post', { omitInputs: true });
    expect(stored).toMatchObject({ exitCode: 0, annotations: [] });
    expect(stored.log).toContain('1 to add, 0 to change, 0 to destroy');

    const applying = await startJob(state, '4712', { plan: '4711-1' });
    expect(findErrors(applying.main)).toBe('');
    const path = applying.main.outputs.plan_path ?? '';
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await run(
      applying.job,
      applying.dir,
      `terraform init -input=false; terraform apply -input=false ${path}`,
    );
    const applied = await applying.job.run('post', { omitInputs: true });
    expect(applied).toMatchObject({ exitCode: 0, annotations: [] });
    expect(parseState(await state.object()).resources.map(({ name }) => name)).toEqual(['word']);
    await expect(stat(path)).rejects.toThrow('ENOENT');
    expect(await readObject(clients, fixture.bucket, planKey(address, '4711-1'))).toBeUndefined();

    const again = await startJob(state, '4713', { plan: '4711-1' });
    expect(again.main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'plan_stale' } });
    expect(findErrors(again.main)).toContain(
      'by octocat in https://github.com/octo-org/infrastructure/actions/runs/4712',
    );
    expect(await state.lockInfo()).toBeUndefined();

    const laptop = await state.laptop();
    expect(await listObjects(clients, fixture.bucket)).toContain(planRecordKey(address, '4711-1'));
    expect(await laptop.run('workspace', 'list')).toMatch(/^\* default\n\s*(?:The active|$)/);
  });
});
