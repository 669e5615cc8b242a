import { stateText } from '../packaged/states.ts';
import { declareDead, expectGreen } from './aftercare.ts';
import { findLockId } from './check-aftermath.ts';
import { createFaultJob, type FaultJob, type StepEnd } from './fake-job.ts';
import { BOTH, type Prepared, type Scenario, USUAL, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import type { Testbed } from './testbed.ts';

/** The unlock action with the id of the lock. */
export const UNLOCK_BY_ID: Scenario = {
  name: 'unlock, lock_id',
  settings: USUAL,
  sharesRetries: true,
  prepare: (testbed) => unlockAfterDeath(testbed, (job) => ({ lock_id: findLockId(job) ?? '' })),
};

/** The unlock action that queries GitHub whether the holder's run has ended. */
export const UNLOCK_STALE: Scenario = {
  name: 'unlock, only_if_stale',
  settings: WITH_KEYS,
  only: /GitHub/,
  prepare: (testbed) => unlockAfterDeath(testbed, () => ({ only_if_stale: 'true' })),
};

/** Lock file and lock item of one dead job. */
export const UNLOCK_BOTH: Scenario = {
  name: 'unlock, lock file and table',
  settings: BOTH,
  only: /lock/,
  prepare: (testbed) => unlockAfterDeath(testbed, (job) => ({ lock_id: findLockId(job) ?? '' })),
};

/** A job died while it held the lock. */
async function unlockAfterDeath(
  testbed: Testbed,
  inputsFor: (dead: FaultJob) => Record<string, string>,
): Promise<Prepared> {
  await testbed.seed(stateText());
  const deadJob = await createFaultJob(testbed);
  const job = await createFaultJob(testbed);
  expectGreen(await runStory(testbed.bench, { entry: 'main', job: deadJob, inputs: {} }), 'main');
  declareDead(testbed, deadJob);
  const missing: Prepared['missing'] = async ({ locks }) =>
    locks.length === 0 ? undefined : 'the lock is held';
  const declines = ({ outputs }: StepEnd) => outputs.reason_code === 'not_stale';
  return { step: { entry: 'unlock', job, inputs: inputsFor(deadJob) }, missing, declines, deadJob };
}
