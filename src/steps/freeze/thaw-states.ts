import type { StateAddress } from '../../backend/address.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { type StateLock, stateLock } from '../../backend/lock/state-lock.ts';
import { throwIfFrozen } from '../../backend/lock/throw-if-frozen.ts';
import { parseFreeze } from '../../backend/records/freeze.ts';
import type { Backend } from '../../backend/settings.ts';
import type { StateEnd } from '../../messages/freeze-report.ts';
import { lastToEnd, seeState } from './state-end.ts';

/**
 * Ends the freezes of states, each one on the condition that it is still the very lock that was found; other locks stay. Every
 * state is attempted, and `onEnd` is told of each that worked. Errors: AwsError, StateError `frozen` for one that somebody froze anew meanwhile; of several an AggregateError.
 */
export async function thawStates(
  backend: Backend,
  addresses: readonly StateAddress[],
  onEnd: (end: StateEnd) => void,
): Promise<StateEnd[]> {
  const ends: StateEnd[] = [];
  const errors: unknown[] = [];
  for (const address of addresses) {
    try {
      const end = await thaw({ ...backend, address });
      ends.push(end);
      onEnd(end);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 1) throw new AggregateError(errors);
  if (errors.length === 1) throw errors[0];
  return ends;
}

async function thaw(backend: Backend): Promise<StateEnd> {
  const { address, aws } = backend;
  const stores = stateLock(backend);
  const found = (await stores?.read()) ?? [];
  if (stores === undefined) return seeState(address, found, aws.storeNow());
  const thawed: FoundLock[] = [];
  for (const lock of found.filter(({ holder }) => parseFreeze(holder) !== undefined)) {
    if (await remove(backend, stores, lock)) thawed.push(lock);
  }
  const left = found.find(({ holder }) => parseFreeze(holder) === undefined);
  const freeze = lastToEnd(thawed.map(({ holder }) => ({ freeze: parseFreeze(holder) })))?.freeze;
  return { address, freeze, isFrozen: false, holder: left?.holder };
}

/** False: somebody else ended it first. */
async function remove(backend: Backend, stores: StateLock, lock: FoundLock): Promise<boolean> {
  const outcome = await stores.remove(lock);
  if (outcome.kind === 'taken') throwIfFrozen(backend, outcome.holder, 0);
  return outcome.kind === 'released';
}

/** What the locks of states say of them. Only reads. Errors: AwsError. */
export async function showStates(backend: Backend, addresses: readonly StateAddress[]): Promise<StateEnd[]> {
  const ends: StateEnd[] = [];
  for (const address of addresses) {
    const found = (await stateLock({ ...backend, address })?.read()) ?? [];
    ends.push(seeState(address, found, backend.aws.storeNow()));
  }
  return ends;
}
