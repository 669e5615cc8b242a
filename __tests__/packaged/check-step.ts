import type { JobOptions, StageResult } from '../support/runner.ts';
import { actionFolder, runAction } from './run-action.ts';
import type { Testbed } from './support.ts';

/** Folder of the action. */
export const CHECK = actionFolder('check');

/** Runs the check action at a testbed. */
export function runCheck(
  testbed: Testbed,
  inputs: Record<string, string> = {},
  options: JobOptions = {},
): Promise<StageResult> {
  return runAction('check', testbed, inputs, options);
}

/** The fingerprint of a testbed's state, as a planning job gets it. */
export async function planOn(testbed: Testbed): Promise<string> {
  const job = await testbed.job({ with: { lock: 'none' } });
  const { fingerprint = '' } = (await job.main()).outputs;
  await job.post();
  return fingerprint;
}
