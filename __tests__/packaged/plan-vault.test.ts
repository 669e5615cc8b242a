import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { summarizeChanges } from '../../src/backend/plan-vault/summarize-changes.ts';
import type { PlanRecord } from '../../src/backend/records/plan-record.ts';
import { planRecord } from '../backend/plan-vault/records.ts';
import { deleteItem, headObject, listObjects, putObject, readObject } from '../support/aws.ts';
import { appliedState, stateText } from './states.ts';
import { PLAN, PLAN_ID, PLAN_KEY, putPlan, RECORD_KEY, SHA } from './stored-plan.ts';
import {
  describeInProcess,
  describePackaged,
  findErrors,
  openTestbed,
  type Testbed,
  type TestbedJob,
  type TestbedJobOptions,
  toText,
} from './support.ts';
import { lockInfo } from './unlock-step.ts';

const FINGERPRINTS = /^[0-9a-f]{64}$/;

const stored = async ({ clients, fixture }: Testbed, key: string) =>
  (await readObject(clients, fixture.bucket, key))?.toString();

/** A job that plans; `work` is its own step. */
async function plan(
  testbed: Testbed,
  options: TestbedJobOptions = {},
  work: (job: TestbedJob) => Promise<void> = (job) => writeFile(join(job.workspace, 'tfplan'), PLAN),
) {
  const inputs = { lock: 'none', plan_file: 'tfplan', ...options.with };
  const job = await testbed.job({ runId: '4711', ...options, with: inputs });
  const main = await job.main();
  expect({ code: main.exitCode, errors: findErrors(main) }).toEqual({ code: 0, errors: '' });
  await work(job);
  const post = await job.post();
  return { job, main, post };
}

/** The main step of a job that applies it. */
async function startApply(
  testbed: Testbed,
  inputs: Record<string, string> = {},
  options: TestbedJobOptions = {},
) {
  const job = await testbed.job({ runId: '4712', ...options, with: { plan: PLAN_ID, ...inputs } });
  return { job, main: await job.main() };
}

async function openPlanned(change: Partial<PlanRecord> = {}): Promise<Testbed> {
  const testbed = await openTestbed();
  await testbed.seed(stateText());
  await putPlan(testbed, change);
  return testbed;
}

describePackaged('a job that plans', () => {
  it('stores the plan and its record beside the state, without a lock', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const { main, post } = await plan(
      testbed,
      { with: { plan_json: 'plan.json' } },
      async ({ workspace }) => {
        await writeFile(join(workspace, 'tfplan'), PLAN);
        await writeFile(join(workspace, 'plan.json'), planJson('SECRET-VALUE'));
      },
    );
    expect(main.outputs.plan_id).toBe(PLAN_ID);
    expect(post.exitCode).toBe(0);
    expect(post.summary).toContain(`Plan ${PLAN_ID}: 1 to add, 0 to change, 1 to destroy`);
    expect(post.summary).toContain('<li><code>a.deleted</code> destroyed</li>');
    expect(post.summary).toContain('<li><code>gone</code> ❌ removed</li>');
    expect(post.summary).toContain('<li><code>other</code> ❌ retyped</li>');
    const warnings = post.annotations.map(({ message }) => message).join('\n');
    expect(warnings).toContain(`Plan ${PLAN_ID} removes or retypes outputs.`);
    expect(warnings).toContain('Removed outputs: gone.');
    expect(post.log).not.toContain('SECRET-VALUE');
    expect(post.summary).toContain(`<code>${main.outputs.fingerprint}</code>`);
    expect(post.summary).not.toContain('SECRET-VALUE');
    expect(await stored(testbed, PLAN_KEY)).toBe(PLAN);
    const text = (await stored(testbed, RECORD_KEY)) ?? '';
    expect(text).not.toContain('SECRET-VALUE');
    expect(JSON.parse(text)).toMatchObject({
      schema_version: 1,
      state: { bucket: testbed.fixture.bucket, key: testbed.objectKey, workspace: 'default' },
      fingerprint: main.outputs.fingerprint,
      commit: SHA,
      actor: 'octocat',
      event: 'push',
      fork: false,
      size: Buffer.byteLength(PLAN),
      terraform_version: '1.12.0',
      resource_changes: {
        counts: { delete: 1, create: 1 },
        changes: [{ address: 'a.deleted' }, { address: 'a.created' }],
        complete: true,
      },
    });
    expect(main.outputs.fingerprint).toMatch(FINGERPRINTS);
    expect(
      testbed.calls().filter((call) => call.startsWith('dynamodb') && !call.endsWith('GetItem')),
    ).toEqual([]);
  });
});

describeInProcess('a job that plans', () => {
  it('encrypts both like the state', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    await plan(testbed, { with: { encrypt: 'true' } });
    for (const key of [PLAN_KEY, RECORD_KEY]) {
      const head = await headObject(testbed.clients, testbed.fixture.bucket, key);
      expect(head?.ServerSideEncryption).toBe('AES256');
    }
  });

  it('stores nothing if it made no plan, even if an old file is there', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const job = await testbed.job({ runId: '4711', with: { plan_file: 'tfplan', push: 'never' } });
    await writeFile(join(job.workspace, 'tfplan'), PLAN);
    expect((await job.main()).outputs.plan_id).toBe(PLAN_ID);
    const post = await job.post();
    expect(post).toMatchObject({ exitCode: 0, annotations: [{ level: 'notice' }] });
    expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual([testbed.objectKey]);
  });

  it('never overwrites a plan, not even of the same run; a second post finds its own', async () => {
    const testbed = await openPlanned();
    const { post } = await plan(testbed, {}, ({ workspace }) =>
      writeFile(join(workspace, 'tfplan'), 'another'),
    );
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('plan_name');
    expect(await stored(testbed, PLAN_KEY)).toBe(PLAN);
    const named = await plan(testbed, { with: { plan_name: 'second' } });
    expect(named.main.outputs.plan_id).toBe('4711-1-second');
    expect(named.post.exitCode).toBe(0);
    expect(await stored(testbed, `${PLAN_KEY}-second`)).toBe(PLAN);
  });

  it('does not follow a link in place of the plan', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const { post } = await plan(testbed, {}, async ({ workspace, temp }) => {
      await writeFile(join(temp, 'secret'), 'SECRET');
      symlinkSync(join(temp, 'secret'), join(workspace, 'tfplan'));
    });
    expect(post.exitCode).toBe(1);
    expect(findErrors(post)).toContain('Plan 4711-1 could not be stored');
    expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual([testbed.objectKey]);
  });
});

describePackaged('a job that applies a plan', () => {
  it('gets it at plan_path, readable only for itself, and removes it; after the push the plan is deleted and its record stays', async () => {
    const testbed = await openPlanned();
    const { job, main } = await startApply(testbed, { plan_path: 'approved.tfplan' });
    const path = join(job.workspace, 'approved.tfplan');
    expect(main).toMatchObject({ exitCode: 0, outputs: { plan_id: PLAN_ID, plan_path: path } });
    expect(await toText(path)).toBe(PLAN);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await job.change(appliedState());
    expect(await job.post()).toMatchObject({ exitCode: 0, annotations: [] });
    expect(await toText(path)).toBeUndefined();
    expect(await stored(testbed, PLAN_KEY)).toBeUndefined();
    expect(await stored(testbed, RECORD_KEY)).toBeDefined();
  });
});

describeInProcess('a job that applies a plan', () => {
  it('that did not change the state keeps the plan for another try', async () => {
    const testbed = await openPlanned();
    const { job, main } = await startApply(testbed);
    const path = main.outputs.plan_path;
    expect(await toText(path)).toBe(PLAN);
    expect((await job.post()).exitCode).toBe(0);
    expect(await toText(path)).toBeUndefined();
    expect(await stored(testbed, PLAN_KEY)).toBe(PLAN);
  });

  it('accepts another commit with the same files', async () => {
    const testbed = await openTestbed();
    await testbed.seed(stateText());
    const commit = async (job: TestbedJob, message: string) => git(job.workspace, message);
    const planned = await testbed.job({ runId: '4711', with: { lock: 'none', plan_file: 'out/tfplan' } });
    await commit(planned, 'of the pull request');
    await planned.main();
    mkdirSync(join(planned.workspace, 'out'));
    await writeFile(join(planned.workspace, 'out/tfplan'), PLAN);
    expect((await planned.post()).exitCode).toBe(0);
    const applying = await testbed.job({ runId: '4712', with: { plan: PLAN_ID } });
    await commit(applying, 'the merge of it');
    const main = await applying.main();
    expect(findErrors(main)).toBe('');
    await applying.post();
  });
});

describePackaged('a plan is refused before any step, and the lock is freed', () => {
  it('for all reasons together, including gates', async () => {
    const origin = { ...planRecord().origin, commit: '9'.repeat(40), isOfFork: true };
    const testbed = await openPlanned({ origin });
    await testbed.seed(appliedState());
    const { main } = await startApply(testbed, { expect_serial: '7', forbid_destroy: 'true' });
    const { gates } = JSON.parse(main.outputs.result ?? '{}');
    expect(gates).toEqual([
      'plan_of_fork',
      'plan_of_other_commit',
      'plan_stale',
      'plan_changes_unknown',
      'serial_mismatch',
    ]);
    expect(main.summary.match(/>Why</g)).toHaveLength(5);
  });
});

describeInProcess('a plan is refused before any step, and the lock is freed', () => {
  const move = (testbed: Testbed) => testbed.seed(appliedState());

  const replace = (key: string, text: string) => async (testbed: Testbed) =>
    await putObject(testbed.clients, testbed.fixture.bucket, key, text);
  const remove =
    (key: string) =>
    async ({ clients, fixture }: Testbed) => {
      await clients.s3.send(new DeleteObjectCommand({ Bucket: fixture.bucket, Key: key }));
    };
  const expire = (testbed: Testbed) => putPlan(testbed, { createdAt: 0 });
  const from = (origin: Partial<PlanRecord['origin']>) => (testbed: Testbed) =>
    putPlan(testbed, { origin: { ...planRecord().origin, commit: SHA, tree: undefined, ...origin } });

  it.each<[string, string, (testbed: Testbed) => Promise<unknown>, string]>([
    ['whose state moved', 'plan_stale', move, 'a client that leaves no name'],
    ['with other bytes', 'plan_tampered', replace(PLAN_KEY, PLAN.replace('what', 'WHAT')), 'its SHA-256 is'],
    [
      'with more bytes',
      'plan_tampered',
      replace(PLAN_KEY, `${PLAN}${'x'.repeat(500_000)}`),
      'it has more than the',
    ],
    [
      'with an invalid record',
      'plan_tampered',
      replace(RECORD_KEY, '{"schema_version": 1}'),
      'its record s3://',
    ],
    ['that has expired', 'plan_expired', expire, 'It has been deleted.'],
    ['that was never stored', 'plan_not_found', remove(RECORD_KEY), 'stored beside their state'],
    ['that somebody deleted', 'plan_not_found', remove(PLAN_KEY), 'Its record remains.'],
    ['of another commit', 'plan_of_other_commit', from({ commit: '9'.repeat(40) }), `checked out:  ${SHA}`],
    ["of a fork's pull request", 'plan_of_fork', from({ isOfFork: true }), 'no job may apply it'],
  ])('%s: %s', async (_, reason, change, words) => {
    const testbed = await openPlanned();
    await change(testbed);
    const { job, main } = await startApply(testbed);
    expect(main.exitCode).toBe(1);
    expect(main.outputs).toMatchObject({ reason_code: reason });
    expect(main.outputs.plan_path).toBeUndefined();
    expect(findErrors(main)).toContain(words);
    expect(main.summary).toContain('### ❌ Terraform state: nothing was applied');
    expect(main.summary.match(/>Why</g)).toHaveLength(1);
    expect(await testbed.lock()).toBeUndefined();
    expect(job.privateDirectories()).toEqual([]);
    const isDeleted = reason === 'plan_expired';
    if (isDeleted)
      expect(await listObjects(testbed.clients, testbed.fixture.bucket)).toEqual([testbed.objectKey]);
  });

  it('while somebody holds the lock at approval; once that is free, the same plan is applied', async () => {
    const testbed = await openPlanned();
    const theirs = lockInfo();
    await testbed.putLock(theirs);
    const { job, main } = await startApply(testbed);
    expect(main).toMatchObject({ exitCode: 1, outputs: { reason_code: 'lock_held' } });
    expect(main.outputs.plan_path).toBeUndefined();
    await job.post();
    expect(await testbed.lock()).toBe(theirs);
    expect(await stored(testbed, PLAN_KEY)).toBe(PLAN);
    await deleteItem(testbed.clients, testbed.fixture.table, testbed.lockId);
    const again = await startApply(testbed, {}, { runAttempt: '2' });
    expect(again.main).toMatchObject({ exitCode: 0, outputs: { plan_id: PLAN_ID } });
    await again.job.post();
  });

  it('when it destroys something forbidden, according to its record', async () => {
    const deleted = { address: 'a.deleted', module: '', action: 'delete', deposed: undefined } as const;
    const testbed = await openPlanned({ changes: summarizeChanges([deleted]) });
    const { main } = await startApply(testbed, { forbid_destroy: 'true' });
    expect(main.outputs.reason_code).toBe('destroy_forbidden');
    expect(findErrors(main)).toContain('a.deleted (destroyed)');
  });
});

function planJson(value: string): string {
  const change = (address: string, action: string) => ({
    address,
    change: { actions: [action], before: { value }, after: { value }, after_sensitive: { value: true } },
  });
  const resource_changes = [change('a.created', 'create'), change('a.deleted', 'delete')];
  const terraform_version = '1.12.0';
  return JSON.stringify({
    format_version: '1.2',
    terraform_version,
    planned_values: { value },
    resource_changes,
    output_changes: {
      gone: { actions: ['delete'], before: value, after: null },
      other: { actions: ['update'], before: value, after: [value] },
    },
  });
}

/** Commits the same files with another message, which makes another commit. */
function git(workspace: string, message: string): void {
  const as = ['-c', 'user.name=x', '-c', 'user.email=x@y', '-c', 'init.defaultBranch=main'];
  const run = (...args: string[]) => execFileSync('git', [...as, ...args], { cwd: workspace, stdio: 'pipe' });
  run('init');
  execFileSync('sh', ['-c', 'echo a > main.tf'], { cwd: workspace });
  run('add', 'main.tf');
  run('commit', '-m', message);
}
