import { stateText } from '../packaged/states.ts';
import { declareDead, expectGreen } from './aftercare.ts';
import { createFaultJob, type FaultJob, type StepEnd } from './fake-job.ts';
import { lockIdOf } from './judge.ts';
import type { Place } from './place.ts';
import { BOTH, type Prepared, type Scenario, USUAL, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';

/** The unlock action with the id of the lock. */
export const UNLOCK_BY_ID: Scenario = {
  name: 'unlock, lock_id',
  settings: USUAL,
  prepare: (place) => unlockAfterDeath(place, (job) => ({ lock_id: lockIdOf(job) ?? '' })),
};

/** The unlock action that asks GitHub whether the holder's run has ended. */
export const UNLOCK_STALE: Scenario = {
  name: 'unlock, only_if_stale',
  settings: WITH_KEYS,
  only: /GitHub/,
  prepare: (place) => unlockAfterDeath(place, () => ({ only_if_stale: 'true' })),
};

/** Lock file and lock item of one dead job. */
export const UNLOCK_BOTH: Scenario = {
  name: 'unlock, lock file and table',
  settings: BOTH,
  prepare: (place) => unlockAfterDeath(place, (job) => ({ lock_id: lockIdOf(job) ?? '' })),
};

/** A job died while it held the lock. */
async function unlockAfterDeath(
  place: Place,
  inputsFor: (dead: FaultJob) => Record<string, string>,
): Promise<Prepared> {
  await place.seed(stateText());
  const deadJob = await createFaultJob(place);
  const job = await createFaultJob(place);
  expectGreen(await runStory(place.bench, { entry: 'main', job: deadJob, inputs: {} }), 'main');
  declareDead(place, deadJob);
  const missing: Prepared['missing'] = async ({ locks }) =>
    locks.length === 0 ? undefined : 'the lock is held';
  const declines = ({ outputs }: StepEnd) => outputs.reason_code === 'not_stale';
  return { step: { entry: 'unlock', job, inputs: inputsFor(deadJob) }, missing, declines, deadJob };
}
