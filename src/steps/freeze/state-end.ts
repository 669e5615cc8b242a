import type { StateAddress } from '../../backend/address.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { type Freeze, isPastEnd, parseFreeze } from '../../backend/records/freeze.ts';
import type { StateEnd } from '../../messages/freeze-report.ts';

/** What a state's locks say about it. `storeNow`: ms since the epoch by the store's clock. Pure. */
export function seeState(address: StateAddress, found: readonly FoundLock[], storeNow: number): StateEnd {
  const frozen = found.flatMap(({ holder }) => {
    const freeze = parseFreeze(holder);
    return freeze === undefined ? [] : [{ holder, freeze }];
  });
  const last = lastToEnd(frozen);
  const isFrozen = last !== undefined && !isPastEnd(last.freeze, storeNow);
  const holder = (last ?? found[0])?.holder;
  return { address, freeze: last?.freeze, isFrozen, holder };
}

/** Of several, the one whose freeze ends last; undefined when there is none. Pure. */
export function lastToEnd<Frozen extends { readonly freeze: Freeze | undefined }>(
  all: readonly Frozen[],
): Frozen | undefined {
  const frozen = all.filter(({ freeze }) => freeze !== undefined);
  return frozen.toSorted((one, other) => (other.freeze?.until ?? 0) - (one.freeze?.until ?? 0))[0];
}
