import type { Job, StageResult } from '../../__tests__/support/runner.ts';
import type { Place } from './place.ts';
import { expect, frame, heading, say } from './print.ts';
import type { Workload } from './workload.ts';

/** Runs that are cancelled or killed in the middle: none of them leaves the lock behind. */
export async function cancelledRuns(place: Place, workload: Workload): Promise<void> {
  heading('2. A run is cancelled while main pulls the state');
  await interruptMain(place, workload, '1658821494', 'cancel');
  heading("3. A run is cancelled while the job's own step works");
  await cancelStep(place, workload);
  heading('4. The next run gets the lock at once');
  await runAtOnce(place, workload);
  heading('5. A run whose main is killed (SIGKILL) while it holds the lock');
  await interruptMain(place, workload, '1658821497', 'kill');
}

async function interruptMain(
  place: Place,
  workload: Workload,
  runId: string,
  how: 'cancel' | 'kill',
): Promise<void> {
  const job = await place.job(runId);
  await workload.checkOut(job);
  const pulling = Promise.withResolvers<void>();
  place.proxy.onRequest(({ operation }) => {
    if (operation !== 'GetObject') return 'pass';
    pulling.resolve();
    return 'hang';
  });
  const running = await job.start('main', { with: place.inputs });
  const ended = running.done.then(({ log }) => Promise.reject(new Error(`main ended too early:\n${log}`)));
  await Promise.race([pulling.promise, ended]);
  expect((await place.look()).lock !== undefined, 'the lock is held in the middle of main');
  const startedAt = performance.now();
  if (how === 'cancel') running.cancel();
  else running.signal('SIGKILL');
  const main = await running.done;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  place.proxy.reset();
  frame('job log: main', withoutInputs(main.log));
  say(`main ended ${seconds} s after the signal (exit code ${main.exitCode}).`);
  expect(main.exitCode !== 0, 'main that was interrupted is not green');
  await releaseInPost(place, job);
}

async function cancelStep(place: Place, workload: Workload): Promise<void> {
  const before = await place.look();
  const job = await place.job('1658821495');
  await workload.checkOut(job);
  const main = await runMain(place, job);
  const step = await workload.startLongChange(job, main.outputs.state_path ?? '');
  step.cancel();
  const cancelled = await step.done;
  frame("job log: the job's own step (excerpt)", workload.excerptOf(cancelled.log));
  expect(job.status() === 'cancelled', 'the job is cancelled');
  const post = await releaseInPost(place, job);
  const after = await place.look();
  expect(post.exitCode === 0, 'post of a cancelled job succeeds');
  expect(Number(after.serial) > Number(before.serial), 'what the step had done is pushed');
  expect(after.md5 === after.digest, "the object has the table's digest");
  say(
    `What the step had done by then is not lost: the serial went from ${before.serial} to ${after.serial}.`,
  );
}

async function runAtOnce(place: Place, workload: Workload): Promise<void> {
  const job = await place.job('1658821496');
  await workload.checkOut(job);
  const main = await runMain(place, job);
  frame('job log: main', withoutInputs(main.log));
  await releaseInPost(place, job);
}

async function runMain(place: Place, job: Job): Promise<StageResult> {
  const main = await job.run('main', { with: place.inputs });
  expect(main.exitCode === 0, `main gets the lock at once, without lock_timeout:\n${main.log}`);
  return main;
}

async function releaseInPost(place: Place, job: Job): Promise<StageResult> {
  const post = await job.run('post', { omitInputs: true });
  frame('job log: post', post.log);
  expect((await place.look()).lock === undefined, 'the lock is free after post');
  const left = job.files().filter(({ path }) => path.endsWith('.tfstate'));
  expect(left.length === 0, 'post removes the local state');
  return post;
}

function withoutInputs(log: string): string {
  return log.replace(/^##\[group\]Run .*?##\[endgroup\]\n?/s, '');
}
