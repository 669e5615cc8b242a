import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { putObject } from '../support/aws.ts';
import type { StageResult } from '../support/runner.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { type SharedState, sharedStates } from './shared-state.ts';

const WORKSPACES = join(import.meta.dirname, '../../workspaces');
const motoUrl = inject('motoUrl') ?? '';
const setUp = sharedStates();

async function workspaces(state: SharedState, inputs: Record<string, string>): Promise<StageResult> {
  const { checkpoint_interval: _, ...where } = state.inputs;
  const job = await state.job();
  return await job.run('main', { actionDir: WORKSPACES, with: { ...where, ...inputs } });
}

/** Everything that the action ever keeps beside the state of a workspace. */
async function putOurObjects({ clients, fixture, objectKey }: SharedState, workspace: string): Promise<void> {
  const key = `env:/${workspace}/${objectKey}`;
  const names = ['.queue/1764310000-a1', '.plans/1-1', '.plans/1-1.json', '.backup/1-aa', '.rescue/1-1'];
  await Promise.all(
    [...names, '.outputs.json'].map((name) => putObject(clients, fixture.bucket, `${key}${name}`, 'x')),
  );
}

describe.skipIf(!inject('terraform') || !motoUrl)('workspaces/ and terraform workspace', () => {
  runStepsInProcess();

  it("each find and use what the other made, and don't find what the other deleted", async () => {
    const state = await setUp({ lockedIn: 'both' });
    const laptop = await state.laptop(undefined, { TF_WORKSPACE: '' });
    expect(await workspaces(state, { command: 'new', workspace: 'ours' })).toMatchObject({ exitCode: 0 });
    await laptop.run('workspace', 'select', 'ours');
    await laptop.apply('one');
    await laptop.run('workspace', 'new', 'theirs');
    await putOurObjects(state, 'ours');
    const names = ['default', 'ours', 'theirs'];
    const listed = await workspaces(state, { command: 'list' });
    expect(JSON.parse(listed.outputs.workspaces ?? '')).toEqual(names);
    expect((await laptop.run('workspace', 'list')).match(/\w+/g)).toEqual(names);

    const kept = await workspaces(state, { command: 'delete', workspace: 'ours' });
    expect(kept.outputs.reason_code).toBe('workspace_not_empty');
    expect(await workspaces(state, { command: 'delete', workspace: 'theirs' })).toMatchObject({
      exitCode: 0,
    });
    await laptop.run('workspace', 'select', 'ours');
    await laptop.run('destroy', '-auto-approve');
    await laptop.run('workspace', 'select', 'default');
    await laptop.run('workspace', 'delete', 'ours');
    expect((await workspaces(state, { command: 'list' })).outputs.workspaces).toBe('["default"]');
    expect((await workspaces(state, { command: 'delete', workspace: 'ours' })).outputs.reason_code).toBe(
      'missing',
    );
  });
});
