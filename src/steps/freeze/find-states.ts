import { compareLockPaths, type StateAddress } from '../../backend/address.ts';
import type { Backend } from '../../backend/settings.ts';
import { listStatesBelow } from '../../backend/state/list-states.ts';
import { explainNoState, explainTooManyStates } from '../../messages/freeze-report.ts';
import type { FreezeInputs } from './freeze-inputs.ts';
import { FreezeRefused } from './refusal.ts';

/** The most states for one step. Each state takes two or more calls in sequence. */
export const MOST_STATES = 1_000;

/**
 * The states that are named or are below a prefix, each once, in the order in which all steps take them, which keeps
 * two steps from waiting for each other. Errors: FreezeRefused; AwsError of the listing.
 */
export async function findStates(
  backend: Backend,
  { addresses, prefixes }: Pick<FreezeInputs, 'addresses' | 'prefixes'>,
): Promise<StateAddress[]> {
  const states = new Map(addresses.map((address) => [address.lockPath, address]));
  for (const prefix of prefixes) {
    const found = await listStatesBelow(backend, prefix, MOST_STATES);
    const { bucket } = backend.address;
    if (found.length === 0) throw new FreezeRefused('no_state_found', explainNoState(bucket, prefix));
    for (const address of found) states.set(address.lockPath, address);
    if (states.size > MOST_STATES) {
      throw new FreezeRefused('too_many_states', explainTooManyStates(bucket, prefix, MOST_STATES));
    }
  }
  return [...states.values()].toSorted(compareLockPaths);
}
