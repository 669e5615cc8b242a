import type { Job, StageResult } from '../../__tests__/support/runner.ts';
import { expect, frame, heading, say } from './print.ts';
import type { Testbed } from './testbed.ts';
import type { Workload } from './workload.ts';

/** Runs that are cancelled or killed in the middle: none of them leaves the lock behind. */
export async function cancelledRuns(testbed: Testbed, workload: Workload): Promise<void> {
  heading('2. A run is cancelled while main pulls the state');
  await interruptMain(testbed, workload, '1658821494', 'cancel');
  heading("3. A run is cancelled while the job's own step works");
  await cancelStep(testbed, workload);
  heading('4. The next run gets the lock at once');
  await runAtOnce(testbed, workload);
  heading('5. A run whose main is killed (SIGKILL) while it holds the lock');
  await interruptMain(testbed, workload, '1658821497', 'kill');
}

async function interruptMain(
  testbed: Testbed,
  workload: Workload,
  runId: string,
  how: 'cancel' | 'kill',
): Promise<void> {
  const job = await testbed.job(runId);
  await workload.checkOut(job);
  const pulling = Promise.withResolvers<void>();
  testbed.proxy.onRequest(({ operation }) => {
    if (operation !== 'GetObject') return 'pass';
    pulling.resolve();
    return 'hang';
  });
  const running = await job.start('main', { with: testbed.inputs });
  const ended = running.done.then(({ log }) => Promise.reject(new Error(`main ended too early:\n${log}`)));
  await Promise.race([pulling.promise, ended]);
  expect((await testbed.look()).lock !== undefined, 'the lock is held in the middle of main');
  const startedAt = performance.now();
  if (how === 'cancel') running.cancel();
  else running.signal('SIGKILL');
  const main = await running.done;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  testbed.proxy.reset();
  frame('job log: main', withoutInputs(main.log));
  say(`main ended ${seconds} s after the signal (exit code ${main.exitCode}).`);
  expect(main.exitCode !== 0, 'main that was interrupted is not green');
  await releaseInPost(testbed, job);
}

async function cancelStep(testbed: Testbed, workload: Workload): Promise<void> {
  const before = await testbed.look();
  const job = await testbed.job('1658821495');
  await workload.checkOut(job);
  const main = await runMain(testbed, job);
  const step = await workload.startLongChange(job, main.outputs.state_path ?? '');
  step.cancel();
  const cancelled = await step.done;
  frame("job log: the job's own step (excerpt)", workload.makeExcerpt(cancelled.log));
  expect(job.status() === 'cancelled', 'the job is cancelled');
  const post = await releaseInPost(testbed, job);
  const after = await testbed.look();
  expect(post.exitCode === 0, 'post of a cancelled job succeeds');
  expect(Number(after.serial) > Number(before.serial), 'what the step had done is pushed');
  expect(after.md5 === after.digest, "the object has the table's digest");
  say(
    `What the step had done by then is not lost: the serial went from ${before.serial} to ${after.serial}.`,
  );
}

async function runAtOnce(testbed: Testbed, workload: Workload): Promise<void> {
  const job = await testbed.job('1658821496');
  await workload.checkOut(job);
  const main = await runMain(testbed, job);
  frame('job log: main', withoutInputs(main.log));
  await releaseInPost(testbed, job);
}

async function runMain(testbed: Testbed, job: Job): Promise<StageResult> {
  const main = await job.run('main', { with: testbed.inputs });
  expect(main.exitCode === 0, `main gets the lock at once, without lock_timeout:\n${main.log}`);
  return main;
}

async function releaseInPost(testbed: Testbed, job: Job): Promise<StageResult> {
  const post = await job.run('post', { omitInputs: true });
  frame('job log: post', post.log);
  expect((await testbed.look()).lock === undefined, 'the lock is free after post');
  const left = job.files().filter(({ path }) => path.endsWith('.tfstate'));
  expect(left.length === 0, 'post removes the local state');
  return post;
}

function withoutInputs(log: string): string {
  return log.replace(/^##\[group\]Run .*?##\[endgroup\]\n?/s, '');
}
