import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { readObject } from '../support/aws.ts';
import { terraformEnv, writeConfig } from '../support/terraform.ts';
import { findOnPath } from '../support/tools.ts';
import { jobContainer } from './job-container.ts';
import { WORDS } from './root-module.ts';
import { parseState, sharedStates } from './shared-state.ts';

const setUp = sharedStates();
const hasParts = inject('terraform') && inject('motoUrl') !== undefined;
const { PATH: _path, HOME: _home, ...QUIET } = terraformEnv();

describe.skipIf(!hasParts)('a job in a container', () => {
  it('works on the pulled state in its steps while the checkpointer pushes it, and post releases', async (context) => {
    const container = jobContainer();
    if (container === undefined) return context.skip("this machine doesn't allow namespaces");
    const state = await setUp();
    const { clients, fixture, objectKey } = state;
    const job = await state.job({ machine: container.machine, env: QUIET });
    await container.start(job);
    await writeConfig(job.workspace, { 'main.tf': WORDS });
    const inputs = { ...state.inputs, working_directory: '.', checkpoint_interval: '1s' };
    const main = await job.run('main', { with: inputs });
    expect(main).toMatchObject({ exitCode: 0, annotations: [], outputs: { reason_code: 'held' } });
    expect(main.outputs.state_path).toMatch(/^\/tmp\/terraform-s3-state-/);
    expect(existsSync(main.outputs.state_path ?? '')).toBe(false);

    const terraform = realpathSync(findOnPath('terraform') ?? '');
    for (const args of [['init'], ['apply', '-auto-approve']]) {
      const step = await container.run(job, terraform, ...args);
      expect({ code: step.exitCode, log: step.log }).toMatchObject({ code: 0 });
    }
    const object = () => readObject(clients, fixture.bucket, objectKey);
    await expect.poll(object, { timeout: 20_000 }).toBeDefined();
    const post = await job.run('post', { omitInputs: true });
    expect(post).toMatchObject({ exitCode: 0, annotations: [] });
    const bytes = await state.object();
    expect(parseState(bytes).resources).toHaveLength(1);
    expect(await state.digest()).toBe(createHash('md5').update(bytes).digest('hex'));
    expect(await state.lockInfo()).toBeUndefined();
    expect((await container.run(job, '/bin/ls', '-A', '/tmp')).rawStdout).not.toContain('terraform-s3-state');
  });
});
