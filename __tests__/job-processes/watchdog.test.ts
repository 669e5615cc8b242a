import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type WatchdogView, watchdog } from '../../src/job-processes/watchdog.ts';

const DAY_MS = 86_400_000;
const view: WatchdogView = {
  workerPid: 4711,
  privateDirectory: tmpdir(),
  startedAt: 0,
  now: () => DAY_MS,
  isAlive: () => true,
  isTerraformAlive: async () => false,
};
const whyEnd = (its: WatchdogView) => watchdog(its)();

it('a checkpointer runs while its job can', async () => {
  expect(await whyEnd(view)).toBeUndefined();
  expect(await whyEnd({ ...view, workerPid: undefined, isAlive: () => false })).toBeUndefined();
});

it('a checkpointer outlives its worker while a Terraform of the job lives, plus one check', async () => {
  const lives = [true, true, false, true, false, false];
  const look = watchdog({
    ...view,
    isAlive: () => false,
    isTerraformAlive: async () => lives.shift() ?? false,
  });
  for (let looks = 0; looks < 5; looks += 1) expect(await look()).toBeUndefined();
  expect(await look()).toBe('worker_gone');
});

it("a checkpointer exits with its worker, with its files, and after a job's maximum duration", async () => {
  expect(await whyEnd({ ...view, isAlive: () => false })).toBe('worker_gone');
  expect(await whyEnd({ ...view, privateDirectory: join(tmpdir(), 'is-not-there') })).toBe('files_gone');
  expect(await whyEnd({ ...view, now: () => 5 * DAY_MS })).toBe('too_old');
});
