/**
 * Shows the main job on a local AWS: a job that holds a state, changes it and pushes it, runs that are cancelled or
 * killed, and a plan that waits for its approval while the state moves. Needs Python 3 (for moto); uses terraform when there is one. Exits 1 when anything is not as it should be.
 * Usage: npm run demo
 */
import { findOnPath } from '../__tests__/support/tools.ts';
import { cancelledRuns } from './demo/cancelled-runs.ts';
import { gatedApply } from './demo/gated-apply.ts';
import { holdAndPush } from './demo/hold-and-push.ts';
import { Surprise } from './demo/print.ts';
import { openTestbed, type Testbed } from './demo/testbed.ts';
import { recordedWorkload } from './demo/with-recordings.ts';
import { terraformWorkload } from './demo/with-terraform.ts';

async function show(testbed: Testbed): Promise<void> {
  const hasTerraform = findOnPath('terraform') !== undefined;
  const workload = hasTerraform
    ? await terraformWorkload(testbed.settings, testbed.folder)
    : recordedWorkload(testbed.settings);
  console.log(`A local AWS runs at ${testbed.settings.endpoint}; the job's steps use ${workload.name}.`);
  await holdAndPush(testbed, workload);
  await cancelledRuns(testbed, workload);
  await gatedApply(testbed, workload);
}

/** An error that nobody foresaw is of no use without its place. */
function toReasonCode(error: unknown): string {
  if (error instanceof Surprise || !(error instanceof Error)) return String(error);
  return error.stack ?? error.message;
}

try {
  const testbed = await openTestbed();
  try {
    await show(testbed);
  } finally {
    await testbed.close();
  }
  console.log(
    '\n\nThe demo went as it should: state pushed, every lock released, the stale plan refused, nothing left behind.',
  );
} catch (error) {
  console.error('\n\nThe demo did NOT go as it should:', toReasonCode(error));
  process.exitCode = 1;
}
