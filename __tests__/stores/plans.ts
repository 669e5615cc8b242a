import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished } from 'vitest';
import type { PlanRecord } from '../../src/backend/records/plan-record.ts';
import { planRecord } from '../backend/plan-vault/records.ts';
import { appliedState, stateText } from '../packaged/states.ts';
import {
  PLAN,
  PLAN_ID,
  PLAN_KEY,
  putPlan,
  RECORD_KEY,
  SHA,
  type VaultTestbed,
} from '../packaged/stored-plan.ts';
import { findErrors, toText } from '../packaged/support.ts';
import { putObject } from '../support/aws.ts';
import { startGitHubStatuses } from '../support/github-statuses.ts';
import { createJob } from '../support/runner.ts';
import { type PeerTestbed, STATE_KEY } from './peer-testbed.ts';

/*
 * What a plan vault has to refuse, and what `check/` makes of it, at a testbed on real servers.
 */

type Inputs = Record<string, string>;

/** Each plan that must not be applied is refused for its own reason, with the lock free again; a plan id is never given twice. */
export async function refusePlans(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  await testbed.seed(stateText());
  const at = atVault(testbed);
  const put = (key: string, text: string) => putObject(testbed.s3, testbed.bucket, key, text);
  const remove = (key: string) =>
    testbed.s3.s3.send(new DeleteObjectCommand({ Bucket: testbed.bucket, Key: key }));
  const from = (origin: Partial<PlanRecord['origin']>) =>
    putPlan(at, { origin: { ...planRecord().origin, commit: SHA, tree: undefined, ...origin } });
  const cases: readonly [string, () => Promise<unknown>][] = [
    ['plan_tampered', () => put(PLAN_KEY, PLAN.replace('what', 'WHAT'))],
    ['plan_tampered', () => put(RECORD_KEY, '{"schema_version": 1}')],
    ['plan_not_found', () => remove(PLAN_KEY)],
    ['plan_not_found', () => remove(RECORD_KEY)],
    ['plan_of_other_commit', () => from({ commit: '9'.repeat(40) })],
    ['plan_of_fork', () => from({ isOfFork: true })],
    ['plan_expired', () => putPlan(at, { createdAt: 0 })],
    ['plan_stale', () => testbed.seed(appliedState())],
  ];
  for (const [reason, change] of cases) {
    await putPlan(at);
    await change();
    const { main, post } = await testbed.hold({ ...more, plan: PLAN_ID });
    expect(main.outputs.reason_code).toBe(reason);
    expect(await testbed.item(testbed.lockId)).toBeUndefined();
    expect(await testbed.lockFile()).toBeUndefined();
    if (reason === 'plan_expired') expect(await testbed.list(`${STATE_KEY}.plans/`)).toEqual([]);
    expect((await post()).exitCode).toBe(0);
  }
  await refuseTakenId(testbed);
}

async function refuseTakenId(testbed: PeerTestbed): Promise<void> {
  for (const [text, exitCode] of [
    [PLAN, 0],
    ['another', 1],
  ] as const) {
    const { main, job, post } = await testbed.hold({ lock: 'none', plan_file: 'tfplan', plan_name: 'same' });
    await writeFile(join(job.workspace, 'tfplan'), text);
    const end = await post();
    expect([end.exitCode, findErrors(end).includes('plan_name')]).toEqual([exitCode, exitCode === 1]);
    expect(await testbed.read(`${STATE_KEY}.plans/${main.outputs.plan_id}`)).toBe(PLAN);
  }
}

/** The newest plan of each open pull request is compared with the state, before it moves and after. */
export async function useCheckOfPullRequests(testbed: PeerTestbed, more: Inputs = {}): Promise<void> {
  await testbed.seed(stateText());
  const head = '7'.padStart(40, 'c');
  await putPlan(atVault(testbed), {
    origin: { ...planRecord().origin, repository: 'acme/infra', headCommit: head },
  });
  const github = await startGitHubStatuses();
  onTestFinished(() => github.stop());
  github.heads.set(7, head);
  github.heads.set(8, '8'.padStart(40, 'c'));
  const check = async () => {
    const job = await createJob({ github: { repository: 'acme/infra', api_url: github.url } });
    onTestFinished(() => job.dispose());
    const { checkpoint_interval, ...inputs } = testbed.inputs;
    const all = { mode: 'pull-requests', github_token: 'ghs_check', status_name: 'prod' };
    const actionDir = join(import.meta.dirname, '../../check');
    const step = await job.run('main', { actionDir, with: { ...inputs, ...all } });
    expect([step.outputs.reason_code, findErrors(step)]).toEqual(['checked', '']);
    return github.statuses.get(head)?.at(-1)?.state;
  };
  expect(await check()).toBe('success');
  const { main, change, post } = await testbed.hold(more);
  expect(await toText(main.outputs.state_path)).toBe(stateText());
  await change(appliedState());
  expect((await post()).exitCode).toBe(0);
  expect(await check()).toBe('failure');
  expect([...github.statuses.keys()]).toEqual([head]);
}

function atVault({ s3, bucket }: PeerTestbed): VaultTestbed {
  return { clients: s3, fixture: { bucket }, objectKey: STATE_KEY };
}
