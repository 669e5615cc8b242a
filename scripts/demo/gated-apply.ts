import type { Job, StageResult } from '../../__tests__/support/runner.ts';
import { expect, frame, heading, renderedSummary, say } from './print.ts';
import { MODULE, type Testbed } from './testbed.ts';
import type { Workload } from './workload.ts';

const PLANNING = { lock: 'none', plan_file: `${MODULE}/tfplan`, plan_json: `${MODULE}/plan.json` };

/** A plan waits for its approval while the state moves: it is refused, and a fresh one is applied. */
export async function gatedApply(testbed: Testbed, workload: Workload): Promise<void> {
  heading('6. A job plans, and its plan waits for an approval');
  const planId = await makePlan(testbed, workload, '1658821498');
  say('Nothing is locked while somebody thinks about it. Meanwhile a laptop changes the state.');
  await workload.changeOnLaptop();
  heading('7. The approval comes: the apply job takes the lock, and refuses the plan');
  await refuseStale(testbed, workload, planId);
  heading('8. A fresh plan is approved, and exactly that plan is applied');
  const fresh = await makePlan(testbed, workload, '1658821499');
  await applyPlan(testbed, workload, fresh);
}

/** The job that plans; the id of its plan. */
async function makePlan(testbed: Testbed, workload: Workload, runId: string): Promise<string> {
  const job = await testbed.job(runId);
  await workload.checkOut(job);
  const main = await job.run('main', { with: { ...testbed.inputs, ...PLANNING } });
  expect(main.exitCode === 0, `main of the job that plans succeeds:\n${main.log}`);
  const steps = await workload.plan(job);
  const log = joinLogs(steps);
  expect(
    steps.every(({ exitCode }) => exitCode === 0),
    `the plan is made:\n${log}`,
  );
  frame("the plan job's own steps (excerpt)", workload.makeExcerpt(log));
  const post = await job.run('post', { omitInputs: true });
  frame('job log: post', post.log);
  frame("the plan job's page: as shown", renderedSummary(post.summary));
  const { plan_id: planId = '' } = main.outputs;
  expect(post.exitCode === 0 && post.log.includes(`Stored plan ${planId}`), 'the plan is stored');
  say(`Main's output plan_id is ${planId}: the apply job names the plan by it.`);
  return planId;
}

async function refuseStale(testbed: Testbed, workload: Workload, planId: string): Promise<void> {
  const before = await testbed.look();
  const { main } = await startApply(testbed, workload, '1658821500', planId);
  frame('job log: main', main.log.replace(/^##\[group\]Run .*?##\[endgroup\]\n?/s, ''));
  frame("the apply job's page: as shown", renderedSummary(main.summary));
  expect(main.outputs.reason_code === 'plan_stale', 'the plan is refused as stale');
  const after = await testbed.look();
  expect(after.lock === undefined && after.md5 === before.md5, 'the lock is free, and the state as it was');
}

async function applyPlan(testbed: Testbed, workload: Workload, planId: string): Promise<void> {
  const before = await testbed.look();
  const { job, main } = await startApply(testbed, workload, '1658821501', planId);
  expect(main.exitCode === 0, `the fresh plan is handed over:\n${main.log}`);
  const { plan_path: planPath = '', state_path: statePath = '' } = main.outputs;
  const steps = await workload.applyPlan(job, planPath, statePath);
  const log = joinLogs(steps);
  frame("the apply job's own steps (excerpt)", workload.makeExcerpt(log));
  expect(steps.at(-1)?.exitCode === 0, `the plan is applied:\n${log}`);
  const post = await job.run('post', { omitInputs: true });
  frame('job log: post', post.log);
  const after = await testbed.look();
  expect(post.exitCode === 0 && Number(after.serial) > Number(before.serial), 'the state is pushed');
  expect(after.lock === undefined, 'the lock is free');
}

async function startApply(
  testbed: Testbed,
  workload: Workload,
  runId: string,
  plan: string,
): Promise<{ readonly job: Job; readonly main: StageResult }> {
  const job = await testbed.job(runId);
  await workload.checkOut(job);
  const main = await job.run('main', { with: { ...testbed.inputs, plan } });
  return { job, main };
}

const joinLogs = (steps: readonly StageResult[]): string => steps.map(({ log }) => log).join('\n');
