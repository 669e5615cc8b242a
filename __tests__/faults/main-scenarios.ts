import { readFile } from 'node:fs/promises';
import { stateText } from '../packaged/states.ts';
import { HELD_BY_RUN } from '../packaged/unlock-step.ts';
import { createFaultJob } from './fake-job.ts';
import { BOTH, FILE_ONLY, type Prepared, type Scenario, USUAL, WITH_KEYS } from './scenario.ts';
import type { Testbed } from './testbed.ts';

/** Main that gets the lock of an existing state, with a role. */
export const MAIN: Scenario = {
  name: 'main',
  settings: USUAL,
  prepare: async (testbed) => await seededMain(testbed),
};

/** With the runner's own keys, which are proved by a call and can't be renewed. */
export const MAIN_WITH_KEYS: Scenario = {
  name: 'main with keys',
  settings: WITH_KEYS,
  only: /GetCallerIdentity|PutItem|GetObject/,
  prepare: async (testbed) => await seededMain(testbed, { skip_credentials_validation: 'false' }),
};

/** With the lock file alone. */
export const MAIN_FILE: Scenario = {
  name: 'main, lock file',
  settings: FILE_ONLY,
  only: /lock file/,
  prepare: async (testbed) => await seededMain(testbed),
};

/** With lock file and table. */
export const MAIN_BOTH: Scenario = {
  name: 'main, lock file and table',
  settings: BOTH,
  only: /lock/,
  prepare: async (testbed) => await seededMain(testbed),
};

/** Main that finds the lock held by another run. */
export const MAIN_LOCKED: Scenario = {
  name: 'main, locked',
  settings: WITH_KEYS,
  only: /PutItem/,
  prepare: async (testbed) => await lockedMain(testbed),
};

/** Main that gets the lock file, finds the item held and has to release the file. */
export const MAIN_ROLLS_BACK: Scenario = {
  name: 'main, item locked',
  settings: BOTH,
  only: /lock/,
  prepare: async (testbed) => await lockedMain(testbed, 'item'),
};

async function lockedMain(testbed: Testbed, where?: 'item'): Promise<Prepared> {
  await testbed.putLock(HELD_BY_RUN, where);
  const missing: Prepared['missing'] = async ({ locks }) =>
    locks.length === 1 && locks[0] === HELD_BY_RUN ? undefined : 'the lock has changed';
  return { ...(await seededMain(testbed)), missing, endsRed: true, foreignLock: HELD_BY_RUN };
}

async function seededMain(testbed: Testbed, inputs: Record<string, string> = {}): Promise<Prepared> {
  await testbed.seed(stateText());
  const job = await createFaultJob(testbed);
  return { step: { entry: 'main', job, inputs }, missing: whatIsNotHeld(testbed) };
}

/** What a successful main must have: the lock in every store, and the state in its file. */
export function whatIsNotHeld(
  { settings: { table, lockFile } }: Testbed,
  text: string = stateText(),
): Prepared['missing'] {
  return async ({ locks }, { outputs }) => {
    const { lock_id: id = '', state_path: path, reason_code: reason } = outputs;
    const ours = locks.filter((lock) => id !== '' && lock.includes(id));
    if (ours.length !== Number(table) + Number(lockFile)) return 'the lock is not held';
    if (path === undefined || (await readFile(path, 'utf8')) !== text) return 'the state is not pulled';
    return reason === 'held' ? undefined : `reason_code is ${reason}`;
  };
}
