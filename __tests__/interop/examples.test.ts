import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { stateAddress } from '../../src/backend/address.ts';
import { planKey, planRecordKey } from '../../src/backend/plan-vault/plan-id.ts';
import { listObjects } from '../support/aws.ts';
import { startGitHubStatuses } from '../support/github-statuses.ts';
import type { StageResult } from '../support/runner.ts';
import { runStepsInProcess } from '../support/runner-in-process.ts';
import { type ExampleOptions, openExample } from './example-job.ts';
import { GATED_MODULE } from './gated-apply.ts';
import { WORDS } from './root-module.ts';
import { parseState, type SharedState, sharedStates } from './shared-state.ts';

const KEY = 'app/terraform.tfstate';
const WORKSPACE = 'production';
const REPOSITORY = 'acme/infra';
const HEAD = 'c0ffee'.padEnd(40, '0');
const MERGED = 'd00d'.padEnd(40, '0');

const setUp = sharedStates();
const hasParts = inject('terraform') && inject('motoUrl') !== undefined;
const linuxOnly = process.platform === 'linux';

const findErrors = ({ annotations }: StageResult): string =>
  annotations.map(({ level, message }) => (level === 'error' ? message : '')).join('\n');
const green = (...stages: StageResult[]) => {
  for (const { exitCode, log } of stages) expect({ exitCode, log }).toMatchObject({ exitCode: 0 });
};
const namesIn = async (state: SharedState) =>
  parseState(await state.object())
    .resources.map(({ name }) => name)
    .sort();

/** The location of the examples' state, with our bucket and table. */
async function openState() {
  const state = await setUp({ key: KEY, workspace: WORKSPACE });
  const address = stateAddress({
    bucket: state.fixture.bucket,
    key: KEY,
    workspace: WORKSPACE,
    workspaceKeyPrefix: 'env:',
  });
  return {
    state,
    address,
    vault: () => listObjects(state.clients, state.fixture.bucket, `${address.objectKey}.plans/`),
  };
}

/** Runs a job of an example from its first step to post; all must succeed. */
async function runThrough(state: SharedState, example: string, name: string, options: ExampleOptions) {
  const { run, end } = await openExample(state, example, name, options);
  const last = await run();
  green(last);
  const { post, outputs } = await end();
  green(post);
  return { last, post, outputs };
}

describe.skipIf(!hasParts)('a pull request whose plan is approved', () => {
  const example = 'plan-approve-apply.yml';
  const ofRun = (runId: string): ExampleOptions => ({
    runId,
    repository: REPOSITORY,
    files: { 'infra/main.tf': WORDS },
    github: { event_name: 'pull_request', ref: 'refs/pull/7/merge' },
    event: { pull_request: { head: { sha: HEAD, repo: { id: 1 } }, base: { repo: { id: 1 } } } },
  });

  it('has exactly that plan applied, once, and the nightly check says before and after whether it fits', async () => {
    const { state, address, vault } = await openState();
    const github = await startGitHubStatuses();
    onTestFinished(() => github.stop());
    github.heads.set(7, HEAD);
    const checkAll = async (event_name = 'schedule') => {
      const options = { repository: REPOSITORY, github: { event_name, api_url: github.url } };
      green(await (await openExample(state, 'freshness.yml', 'freshness', options)).run());
      return github.statuses.get(HEAD)?.at(-1);
    };

    const planned = await runThrough(state, example, 'plan', ofRun('4711'));
    expect(planned.outputs).toEqual({ plan_id: '4711-1' });
    expect(planned.post.log).toContain('1 to add, 0 to change, 0 to destroy');
    expect(await vault()).toEqual([planKey(address, '4711-1'), planRecordKey(address, '4711-1')]);
    const context = 'terraform-s3-state/app-production';
    expect(await checkAll()).toMatchObject({ context, state: 'success' });

    const needs = { plan: planned.outputs };
    const applied = await runThrough(state, example, 'apply', { ...ofRun('4711'), needs });
    expect(applied.last.log).toContain('1 added, 0 changed, 0 destroyed');
    expect(await namesIn(state)).toEqual(['word']);
    expect(await vault()).toEqual([planRecordKey(address, '4711-1')]);
    expect(await checkAll('workflow_run')).toMatchObject({
      state: 'failure',
      // Terraform writes a new state twice, OpenTofu once.
      description: expect.stringMatching(/^octocat changed the state to serial [12]/),
    });

    const again = await openExample(state, example, 'apply', { ...ofRun('4711'), runAttempt: '2', needs });
    const refused = await again.run();
    expect(refused).toMatchObject({ exitCode: 1, outputs: { reason_code: 'plan_stale' } });
    expect(findErrors(refused)).toContain(`by octocat in https://github.com/${REPOSITORY}/actions/runs/4711`);
    expect(await state.lockInfo()).toBeUndefined();
    const laptop = await state.laptop();
    expect(await laptop.run('workspace', 'list')).toMatch(/^ {2}default\n\* production\n\s*(?:The active|$)/);
  });
});

describe.skipIf(!hasParts || !linuxOnly)('a merge queue', () => {
  runStepsInProcess();

  const example = 'merge-queue.yml';
  const files = { 'infra/main.tf': GATED_MODULE };
  const inQueue = (runId: string, runAttempt = '1'): ExampleOptions => ({
    runId,
    runAttempt,
    files,
    github: { event_name: 'merge_group', sha: MERGED },
  });
  /** The run for the push of what the queue merged; GitHub finds the queue's run for its commit. */
  const onPush = (runId: string, queueRun: string): ExampleOptions => ({
    runId,
    files,
    github: { sha: MERGED },
    programs: { gh: `case "$*" in *"--event merge_group --commit ${MERGED} "*) echo ${queueRun};; esac` },
  });
  const isFresh = async (state: SharedState, needs: Record<string, Record<string, string>>) => {
    const check = await openExample(state, example, 'plan-is-fresh', { ...inQueue('4712'), needs });
    return await check.run();
  };

  it('admits fresh plans and applies them after the merge; an apply that is cancelled halfway needs a new plan', async () => {
    const { state, vault } = await openState();
    const planned = await runThrough(state, example, 'plan', inQueue('4712'));
    const needs = { plan: planned.outputs };
    green(await isFresh(state, needs));

    const pushed = await openExample(state, example, 'apply', onPush('4713', '4712-latest'));
    green(await pushed.run('terraform apply'));
    const closed = join(pushed.job.workspace, 'infra/closed');
    await pushed.job.runStep('touch', [closed]);
    const applying = await pushed.start();
    await applying.waitForLine(/Provisioning with/);
    applying.cancel({ scale: 0.1 });
    await applying.done;
    green((await pushed.end()).post);
    expect(await namesIn(state)).toContain('word');
    expect(await state.lockInfo()).toBeUndefined();

    expect(await isFresh(state, needs)).toMatchObject({
      exitCode: 1,
      outputs: { reason_code: 'plan_stale' },
    });
    const again = await (await openExample(state, example, 'apply', onPush('4714', '4712-latest'))).run();
    expect(again).toMatchObject({ exitCode: 1, outputs: { reason_code: 'plan_stale' } });
    expect(findErrors(again)).toContain(
      'If an apply of this very plan was cut off, the new plan has the remaining changes',
    );
    expect(await state.lockInfo()).toBeUndefined();

    const fresh = await runThrough(state, example, 'plan', inQueue('4712', '2'));
    expect(fresh.post.summary).toContain(
      '<strong>the state has changed</strong> since plan <code>4712-1</code> (',
    );
    const applied = await runThrough(state, example, 'apply', onPush('4715', '4712-latest'));
    expect(applied.last.log).toContain('Apply complete!');
    expect(await namesIn(state)).toEqual(['gate', 'word']);
    expect((await vault()).map((key) => key.split('/').at(-1))).toContain('4712-2.json');
    expect((await vault()).map((key) => key.split('/').at(-1))).not.toContain('4712-2');
  });

  it.each([
    { ended: 'the plan failed', results: { plan: 'failure' }, exitCode: 1 },
    { ended: 'the tests failed', results: { test: 'failure' }, exitCode: 1 },
    { ended: 'the run was cancelled', results: { plan: 'cancelled', test: 'skipped' }, exitCode: 1 },
    { ended: "a fork's pull request was tested and not planned", results: { plan: 'skipped' }, exitCode: 0 },
  ])('has its required check end with $exitCode if $ended', async ({ results, exitCode }) => {
    const { state } = await openState();
    const check = await openExample(state, example, 'plan-is-fresh', { ...inQueue('4712'), results });
    expect(await check.run()).toMatchObject({ exitCode });
  });

  it('applies nothing if it planned nothing for the merged commit', async () => {
    const { state } = await openState();
    const refused = await (await openExample(state, example, 'apply', onPush('4716', ''))).run();
    expect(refused).toMatchObject({ exitCode: 1, outputs: { reason_code: 'invalid_input' } });
    expect(findErrors(refused)).toContain('plan');
  });
});

describe.skipIf(!hasParts)('a release freeze', () => {
  runStepsInProcess();

  const example = 'freeze.yml';

  it("is shown in the real terraform's lock error, with its end, reason and author, until the thaw", async () => {
    const state = await setUp({ key: KEY });
    const laptop = await state.laptop();
    const reason = 'release "week" <é> & more';
    const run = async (dispatch: Record<string, string>) => {
      const identity = { actor: 'octocat', runAttempt: '2', inputs: { keys: state.objectKey } };
      return await (await openExample(state, example, 'freeze', { ...identity, dispatch })).run();
    };
    const frozen = await run({ command: 'freeze', until: '2d', reason });
    expect(frozen).toMatchObject({ exitCode: 0, outputs: { frozen: 'true' } });
    const { code, stderr } = await laptop.tryRun('plan');
    expect(code).toBe(1);
    // Terraform may break its lines anywhere.
    const text = stderr.replaceAll(/[\s│]+/g, ' ');
    expect(text).toContain('Error acquiring the state lock');
    expect(text).toContain(`Operation: freeze until ${frozen.outputs.until}`);
    expect(text).toMatch(/Who: octocat@octo-org\/\w+/);
    expect(text).toContain(`/attempts/2 froze this state: ${reason} (to end it earlier`);
    expect(await run({ command: 'thaw', until: '3d', reason: 'release freeze' })).toMatchObject({
      exitCode: 0,
    });
    await laptop.run('plan');
  });
});
