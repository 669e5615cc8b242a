import { appliedState, stateText } from '../packaged/states.ts';
import { expectGreen, writeState } from './aftercare.ts';
import { createFaultJob, type FaultJob } from './fake-job.ts';
import { BOTH, type Prepared, type Scenario, USUAL, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import type { Testbed } from './testbed.ts';

/** The checkpointer of a job whose Terraform has written a state: a checkpoint, and then heartbeats. */
export const CHECKPOINTER: Scenario = {
  name: 'checkpointer',
  settings: WITH_KEYS,
  sharesRetries: true,
  prepare: async (testbed) => await checkpointedJob(testbed),
};

/** The same with a role. */
export const CHECKPOINTER_WITH_ROLE: Scenario = {
  name: 'checkpointer with a role',
  settings: USUAL,
  only: /AssumeRole/,
  prepare: async (testbed) => await checkpointedJob(testbed),
};

/** The same beside a lock file. */
export const CHECKPOINTER_BOTH: Scenario = {
  name: 'checkpointer, lock file and table',
  settings: BOTH,
  only: /lock file/,
  prepare: async (testbed) => await checkpointedJob(testbed),
};

/** The checkpointer of a process in real time. */
export const CHECKPOINTER_IN_A_HURRY: Scenario = {
  name: 'checkpointer',
  settings: WITH_KEYS,
  only: /GetItem|PutObject|Transact/,
  prepare: async (testbed) => await checkpointedJob(testbed, '1s'),
};

/** The same, and the runner dies with it: nobody is left to free the lock, and its heartbeat stands still. */
export const CHECKPOINTER_AND_RUNNER: Scenario = {
  ...CHECKPOINTER_IN_A_HURRY,
  name: 'checkpointer and runner',
  runnerDies: true,
};

/** Post whose job continued after a checkpoint. */
export const POST_AFTER_CHECKPOINT: Scenario = {
  name: 'post, after a checkpoint',
  settings: WITH_KEYS,
  only: /GetItem|PutObject|Transact/,
  prepare: async (testbed) => {
    const { step } = await checkpointedJob(testbed);
    await runStory(testbed.bench, step);
    return await changedAgain(step.job);
  },
};

/** Post of a job whose last checkpoint is complete: one read of the object shows whether it is still current. */
export const POST_ALL_CHECKPOINTED: Scenario = {
  name: 'post, all in a checkpoint',
  settings: WITH_KEYS,
  only: /HeadObject/,
  prepare: async (testbed) => {
    const { step, made = '' } = await checkpointedJob(testbed);
    await runStory(testbed.bench, step);
    return preparePost(step.job, made);
  },
};

/** Post whose checkpointer was ended before it got the answer to its checkpoint. */
export const POST_CHECKPOINT_IN_DOUBT: Scenario = {
  name: 'post, checkpoint in doubt',
  settings: WITH_KEYS,
  only: /HeadObject/,
  prepare: async (testbed) => {
    const { step } = await checkpointedJob(testbed);
    await runStory(testbed.bench, step, (name) => (name === 'PutObject state' ? 'cancel-after' : undefined));
    testbed.bench.reset();
    return await changedAgain(step.job);
  },
};

async function checkpointedJob(testbed: Testbed, interval = '20s'): Promise<Prepared> {
  await testbed.seed(stateText());
  const job = await createFaultJob(testbed);
  const main = await runStory(testbed.bench, {
    entry: 'main',
    job,
    inputs: { checkpoint_interval: interval },
  });
  expectGreen(main, 'main');
  const made = appliedState();
  await writeState(main.outputs.state_path, made);
  job.saved.path = main.outputs.state_path ?? '';
  return { step: { entry: 'checkpointer', job, inputs: {} }, missing: async () => undefined, made };
}

async function changedAgain(job: FaultJob): Promise<Prepared> {
  const made = appliedState({ serial: 9 });
  await writeState(job.saved.path, made);
  return preparePost(job, made);
}

function preparePost(job: FaultJob, made: string): Prepared {
  const missing: Prepared['missing'] = async ({ object, locks }) =>
    object === made && locks.length === 0 ? undefined : 'the state is not pushed, or the lock held';
  return { step: { entry: 'post', job, inputs: {} }, missing, made };
}
