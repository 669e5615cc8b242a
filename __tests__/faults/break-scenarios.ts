import { appliedState, stateText } from '../packaged/states.ts';
import { md5 } from '../packaged/support.ts';
import { declareDead, expectGreen, writeState } from './aftercare.ts';
import { createFaultJob } from './fake-job.ts';
import { whatIsNotHeld } from './main-scenarios.ts';
import { BOTH, FILE_ONLY, type Prepared, type Scenario, WITH_KEYS } from './scenario.ts';
import { runStory } from './story.ts';
import type { Testbed } from './testbed.ts';
import type { Fate } from './wire.ts';

/** Main that takes over the lock item of a dead job, after a query to GitHub. */
export const BREAK_ITEM: Scenario = {
  name: 'main, breaks item',
  settings: WITH_KEYS,
  only: /lock|GitHub/,
  prepare: (testbed) => mainAfterDeath(testbed),
};

/** Main that sees the heartbeat of a dead job's lock item stand still. */
export const BREAK_AFTER_WATCH: Scenario = {
  name: 'main, breaks after watch',
  settings: WITH_KEYS,
  only: /lock/,
  onlyEnds: true,
  prepare: (testbed) => mainAfterDeath(testbed, { heartbeat: '1s' }),
};

/** Main that takes over a lock file. */
export const BREAK_FILE: Scenario = {
  name: 'main, breaks file',
  settings: FILE_ONLY,
  only: /PutObject/,
  prepare: (testbed) => mainAfterDeath(testbed),
};

/** Main that takes over lock file and lock item. */
export const BREAK_BOTH: Scenario = {
  name: 'main, breaks file and item',
  settings: BOTH,
  only: /lock/,
  onlyEnds: true,
  prepare: (testbed) => mainAfterDeath(testbed),
};

/** The same without the read-only calls: a kill there is also a kill before the next write. */
export const BREAK_BOTH_WRITES: Scenario = { ...BREAK_BOTH, only: /Put/ };

/** Main that takes over a lock whose holder died between its state and the digest. */
export const BREAK_STALE_DIGEST: Scenario = {
  name: 'main, breaks and repairs',
  settings: WITH_KEYS,
  only: /PutItem digest/,
  prepare: (testbed) => mainAfterDeath(testbed, { dies: diesBeforeDigest() }),
};

/** How the previous job ended; by default with an unchanged state and without a checkpointer. */
interface Death {
  readonly heartbeat?: string;
  /** The faults of the post of a job that made a state; undefined: no post ran. */
  readonly dies?: Fate;
}

/** Nothing is written to the table once the state is stored; before that, the digest that comes next is announced. */
function diesBeforeDigest(): Fate {
  let isStored = false;
  return (name) => {
    if (name === 'PutObject state') isStored = true;
    return isStored && /^(?:Transact|PutItem|DeleteItem)/.test(name) ? 'refused' : undefined;
  };
}

async function mainAfterDeath(testbed: Testbed, { heartbeat = '0s', dies }: Death = {}): Promise<Prepared> {
  const { bench } = testbed;
  await testbed.seed(stateText());
  const deadJob = await createFaultJob(testbed);
  const job = await createFaultJob(testbed);
  const inputs = { checkpoint_interval: heartbeat };
  const main = await runStory(bench, { entry: 'main', job: deadJob, inputs });
  expectGreen(main, 'main of the dead job');
  if (dies !== undefined) {
    await writeState(main.outputs.state_path, appliedState());
    await runStory(bench, { entry: 'post', job: deadJob, inputs: {} }, dies);
  }
  bench.reset();
  declareDead(testbed, deadJob);
  const text = dies === undefined ? stateText() : appliedState();
  const step = { entry: 'main', job, inputs: { stale_lock: 'break' } } as const;
  return { step, missing: whatIsNotTaken(testbed, text), deadJob };
}

/** What a successful main must have besides its lock and state: the right digest and a report of the takeover. */
function whatIsNotTaken(testbed: Testbed, text: string): Prepared['missing'] {
  const whatIsNot = whatIsNotHeld(testbed, text);
  return async (facts, end) => {
    const { object, digest } = facts;
    if (object !== text) return 'S3 has a different state';
    if (testbed.settings.table && digest !== md5(text)) return 'the digest is not repaired';
    if (!end.log.includes('Took over the lock')) return 'the takeover is not reported';
    return await whatIsNot(facts, end);
  };
}
