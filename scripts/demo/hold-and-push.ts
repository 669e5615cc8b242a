import { assertNoSecret } from '../../__tests__/support/runner.ts';
import { expect, frame, heading, renderedSummary, say, table } from './print.ts';
import type { Sight, Testbed } from './testbed.ts';
import type { Workload } from './workload.ts';

/** The main job from start to end: hold, change, push, release. */
export async function holdAndPush(testbed: Testbed, workload: Workload): Promise<void> {
  heading('1. A job changes the state');
  await workload.seed();
  const before = await testbed.look();
  const job = await testbed.job('1658821493');
  await workload.checkOut(job);

  const main = await job.run('main', { with: testbed.inputs });
  frame('job log: main', main.log);
  expect(main.exitCode === 0, 'main succeeds');
  const held = await testbed.look();
  expect(held.lock !== undefined && main.outputs.lock_id !== '', 'the lock is held');
  say('While the job runs, this lock item is in the table, in the form that Terraform reads:');
  table(readFields(held.lock ?? '{}'));
  await showOthersView(workload);

  const steps = await workload.change(job, main.outputs.state_path ?? '');
  const log = steps.map((step) => step.log).join('\n');
  frame("job log: the job's own steps (excerpt)", workload.makeExcerpt(log));
  expect(steps.at(-1)?.exitCode === 0, `the job's steps succeed:\n${log}`);

  const post = await job.run('post', { omitInputs: true });
  frame('job log: post', post.log);
  expect(post.exitCode === 0, 'post succeeds');
  frame("the job's page: Markdown as written", post.summary);
  frame("the job's page: as shown", renderedSummary(post.summary));
  const after = await testbed.look();
  showChange(before, after);
  expect(Number(after.serial) > Number(before.serial), 'the serial is higher');
  expect(after.md5 === after.digest, "the object has the table's digest");
  expect(after.lock === undefined, 'the lock is free');
  for (const stage of [main, ...steps, post])
    assertNoSecret(stage, [...testbed.secrets, ...workload.secrets]);
  await showNothingToDo(workload);
}

async function showOthersView(workload: Workload): Promise<void> {
  const plan = await workload.planOnLaptop();
  if (plan === undefined) return;
  frame('a laptop, meanwhile: terraform plan', plan.text);
  expect(plan.code === 1 && plan.text.includes('terraform-s3-state'), "a laptop's plan meets our lock");
}

async function showNothingToDo(workload: Workload): Promise<void> {
  const plan = await workload.planOnLaptop();
  if (plan === undefined) return;
  const change = plan.text.split('\n').filter((line) => line.startsWith('No changes.'));
  frame('a laptop, afterwards: terraform plan (excerpt)', change.join('\n'));
  expect(plan.code === 0, "a laptop's plan finds nothing to do");
}

function showChange(before: Sight, after: Sight): void {
  const rows = (['serial', 'bytes', 'version', 'md5', 'digest'] as const).map((name) => [
    LABELS[name],
    before[name],
    after[name],
  ]);
  const lock = (sight: Sight) => (sight.lock === undefined ? 'free' : 'held');
  say('What is in S3 and in the table:');
  table([['', 'before', 'after'], ...rows, ['lock', lock(before), lock(after)]]);
}

const LABELS = {
  serial: 'serial of the state',
  bytes: 'bytes of the object',
  version: 'version of the object',
  md5: 'MD5 of the object',
  digest: 'digest in the table',
} as const;

function readFields(json: string): string[][] {
  const parsed: unknown = JSON.parse(json);
  return Object.entries(parsed ?? {}).map(([name, value]) => [name, String(value)]);
}
