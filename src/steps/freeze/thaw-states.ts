import type { StateAddress } from '../../backend/address.ts';
import type { FreeOutcome } from '../../backend/lock/free-locks.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import { throwIfFrozen } from '../../backend/lock/throw-if-frozen.ts';
import { parseFreeze } from '../../backend/records/freeze.ts';
import type { Backend } from '../../backend/settings.ts';
import type { StateEnd } from '../../messages/freeze-report.ts';
import { lastToEnd, seeState } from './state-end.ts';

/**
 * Ends the freezes of states, each only if it is still exactly the lock that was found. Other locks stay. Attempts
 * every state, and calls `onEnd` for each success. Errors: AwsError, StateError `frozen` for a state that somebody
 * froze again in the meantime; an AggregateError for several.
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
  const freezes = found.filter(({ holder }) => parseFreeze(holder) !== undefined);
  const outcomes = await stores.free(freezes);
  for (const outcome of outcomes) throwIfFreezeStays(backend, outcome);
  const thawed = freezes.filter((_, i) => outcomes[i]?.kind === 'released');
  const left = found.find(({ holder }) => parseFreeze(holder) === undefined);
  const freeze = lastToEnd(thawed.map(({ holder }) => ({ freeze: parseFreeze(holder) })))?.freeze;
  return { address, freeze, isFrozen: false, holder: left?.holder };
}

function throwIfFreezeStays(backend: Backend, outcome: FreeOutcome): void {
  if (outcome.kind === 'failed') throw outcome.error;
  if (outcome.kind === 'taken') throwIfFrozen(backend, outcome.holder, 0);
}

/** What the states' locks say about them. Only reads. Errors: AwsError. */
export async function showStates(backend: Backend, addresses: readonly StateAddress[]): Promise<StateEnd[]> {
  const ends: StateEnd[] = [];
  for (const address of addresses) {
    const found = (await stateLock({ ...backend, address })?.read()) ?? [];
    ends.push(seeState(address, found, backend.aws.storeNow()));
  }
  return ends;
}
