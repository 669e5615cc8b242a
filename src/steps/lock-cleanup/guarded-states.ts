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

/** The number of prefixes searched in parallel. Each search scans the table. */
export const PREFIXES_AT_ONCE = 4;

/**
 * The locked states below a prefix, from a scan of the table and a listing of the bucket. Includes a state without
 * an object, whose first apply was killed. Errors: AwsError.
 */
export async function findLockedBelow(
  backend: Backend,
  prefix: string,
  isWanted: (holder: LockHolder) => boolean,
): Promise<StateAddress[]> {
  // Loaded here, so other jobs start as fast as before.
  const { surveyLocks } = await import('../../backend/survey/survey-locks.ts');
  const found = new Map<string, StateAddress>();
  const { locks } = await surveyLocks(backend, { prefix, mostLocks: MOST_LOCKS });
  for (const { address, stores } of locks) {
    const isState = isStateKey(address.objectKey);
    if (isState && isWanted(stores[0].holder)) found.set(address.lockPath, address);
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
