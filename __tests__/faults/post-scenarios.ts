import { appliedState, stateText } from '../packaged/states.ts';
import { md5 } from '../packaged/support.ts';
import { dynamodbFailure } from '../support/backend.ts';
import { expectGreen, writeState } from './aftercare.ts';
import { createFaultJob } from './fake-job.ts';
import { BOTH, FILE_ONLY, type Prepared, type Scenario, USUAL, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import type { Testbed } from './testbed.ts';
import type { Weather } from './wire.ts';

/** Post that has a state to push. */
export const POST: Scenario = {
  name: 'post, changed',
  settings: USUAL,
  prepare: async (testbed) => await jobAfterMain(testbed, stateText(), appliedState()),
};

/** Post whose job made the first state. */
export const POST_FIRST_STATE: Scenario = {
  name: 'post, first state',
  settings: WITH_KEYS,
  only: /PutObject/,
  prepare: async (testbed) => await jobAfterMain(testbed, undefined, appliedState()),
};

/** Post with nothing to push. */
export const POST_UNCHANGED: Scenario = {
  name: 'post, unchanged',
  settings: WITH_KEYS,
  sharesRetries: true,
  prepare: async (testbed) => await jobAfterMain(testbed, stateText(), undefined),
};

/** With the lock file alone. */
export const POST_FILE: Scenario = {
  name: 'post, lock file',
  settings: FILE_ONLY,
  only: /lock file/,
  prepare: async (testbed) => await jobAfterMain(testbed, stateText(), appliedState()),
};

/** With lock file and table. */
export const POST_BOTH: Scenario = {
  name: 'post, lock file and table',
  settings: BOTH,
  only: /lock/,
  prepare: async (testbed) => await jobAfterMain(testbed, stateText(), appliedState()),
};

/** Post at a table without transactions, so digest and release are separate calls. */
export const POST_ONE_BY_ONE: Scenario = {
  name: 'post, no transactions',
  settings: WITH_KEYS,
  only: /Item/,
  prepare: async (testbed) => {
    const prepared = await jobAfterMain(testbed, stateText(), appliedState());
    return { ...prepared, step: { ...prepared.step, weather: noTransactions } };
  },
};

/** Post of a state that somebody without the table has overwritten: ours must be kept, and theirs must stay. */
export const POST_CONFLICT: Scenario = {
  name: 'post, conflict',
  settings: WITH_KEYS,
  only: /Object|DeleteItem/,
  prepare: async (testbed) => {
    const prepared = await jobAfterMain(testbed, stateText(), appliedState());
    await testbed.seed(THEIRS);
    return { ...prepared, missing: whatDiffers(testbed, THEIRS), endsRed: true };
  },
};

const THEIRS = stateText({ serial: 9, resources: ['theirs'] });

const noTransactions: Weather = ({ operation }) =>
  operation === 'TransactWriteItems' ? dynamodbFailure('UnknownOperationException') : undefined;

/** A job after its main step and its Terraform; undefined: there was no state, or it made none. */
async function jobAfterMain(
  testbed: Testbed,
  seed: string | undefined,
  made: string | undefined,
): Promise<Prepared> {
  if (seed !== undefined) await testbed.seed(seed);
  const job = await createFaultJob(testbed);
  const main = await runStory(testbed.bench, { entry: 'main', job, inputs: {} });
  expectGreen(main, 'main');
  if (made !== undefined) await writeState(main.outputs.state_path, made);
  const missing = whatDiffers(testbed, made ?? seed);
  return { step: { entry: 'post', job, inputs: {} }, missing, ...(made === undefined ? {} : { made }) };
}

/** What a successful post must leave: the state, its digest and a free lock. */
function whatDiffers({ settings }: Testbed, text: string | undefined): Prepared['missing'] {
  return async ({ object, digest, locks }) => {
    if (object !== text) return 'S3 has a different state';
    if (settings.table && text !== undefined && digest !== md5(text)) return 'the digest is a different one';
    return locks.length === 0 ? undefined : 'the lock is held';
  };
}
