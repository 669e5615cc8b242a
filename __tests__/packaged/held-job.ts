import { expect } from 'vitest';
import { stateText } from './states.ts';
import { md5, openTestbed, type Testbed, type TestbedJob } from './support.ts';

/** A job after its main step, which holds `stateText()` under a role. */
export async function heldJob(
  inputs: Record<string, string> = {},
): Promise<{ testbed: Testbed; job: TestbedJob }> {
  const testbed = await openTestbed({ role: true });
  await testbed.seed(stateText());
  const job = await testbed.job({ with: inputs });
  expect(await job.main()).toMatchObject({ exitCode: 0 });
  return { testbed, job };
}

/** The lock is free, and this text is the state, digest included. */
export async function expectReleased(testbed: Testbed, text: string): Promise<void> {
  expect(await testbed.lock()).toBeUndefined();
  expect(await testbed.object()).toBe(text);
  expect(await testbed.digest()).toBe(md5(text));
}
