import { addressOfObject, type StateAddress } from '../../backend/address.ts';
import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { Backend } from '../../backend/settings.ts';
import { isStateKey } from '../../backend/state/list-states.ts';
import type { GuardedStates } from '../../job-state/saved-state.ts';

/** The most locks checked below one prefix. */
const MOST_LOCKS = 2_000;

/** The named states. Pure. */
export function listNamed(
  { address: { bucket, workspace } }: Backend,
  guarded: GuardedStates,
): StateAddress[] {
  return guarded.objectKeys.map((key) => addressOfObject(bucket, workspace, key));
}

/**
 * The locked states below the prefixes, from a scan of the table and a listing of the bucket. Includes a state without
 * an object, whose first apply was killed. Errors: AwsError.
 */
export async function findLockedBelow(
  backend: Backend,
  { prefixes }: GuardedStates,
  isWanted: (holder: LockHolder) => boolean,
): Promise<StateAddress[]> {
  if (prefixes.length === 0) return [];
  // Loaded here, so other jobs start as fast as before.
  const { surveyLocks } = await import('../../backend/survey/survey-locks.ts');
  const found = new Map<string, StateAddress>();
  for (const prefix of prefixes) {
    const { locks } = await surveyLocks(backend, { prefix, mostLocks: MOST_LOCKS });
    for (const { address, stores } of locks) {
      const isState = isStateKey(address.objectKey);
      if (isState && isWanted(stores[0].holder)) found.set(address.lockPath, address);
    }
  }
  return [...found.values()];
}

/** The names of the states and prefixes in messages. Pure. */
export function nameGuarded(
  { address: { bucket } }: Backend,
  { objectKeys, prefixes }: GuardedStates,
): string[] {
  return [...objectKeys, ...prefixes].map((key) => `${bucket}/${key}`);
}
