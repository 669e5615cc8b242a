import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type WatchdogView, whyEnd } from '../../../src/steps/checkpointer/watchdog.ts';

const DAY_MS = 86_400_000;
const view: WatchdogView = {
  workerPid: 4711,
  privateDirectory: tmpdir(),
  startedAt: 0,
  now: () => DAY_MS,
  isAlive: () => true,
};

it('a checkpointer goes on while its job can', async () => {
  expect(await whyEnd(view)).toBeUndefined();
  expect(await whyEnd({ ...view, workerPid: undefined, isAlive: () => false })).toBeUndefined();
});

it('a checkpointer ends with its worker, with its files, and after the longest time of a job', async () => {
  expect(await whyEnd({ ...view, isAlive: () => false })).toBe('worker_gone');
  expect(await whyEnd({ ...view, privateDirectory: join(tmpdir(), 'is-not-there') })).toBe('files_gone');
  expect(await whyEnd({ ...view, now: () => 5 * DAY_MS })).toBe('too_old');
});
