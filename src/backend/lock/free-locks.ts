import type { LockHolder } from '../records/lock-info.ts';
import type { FoundLock, ReleaseOutcome } from './lock-store.ts';

/** What came of one lock that was to be freed. `item_stays`: a lock file whose holder's lock item could not be freed. */
export type FreeOutcome =
  | ReleaseOutcome
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'item_stays'; readonly item: ItemThatStays };

/** Why a lock item still has its holder: its delete failed, or it was renewed (`taken` by the same holder). */
export type ItemThatStays = Extract<FreeOutcome, { kind: 'failed' | 'taken' }>;

/**
 * Frees locks that were found, each one attempted, a lock item before any lock file. Only an item shows whether its
 * holder lives, and only an item is deleted on that condition. So the file of the same holder goes only once the item
 * is not that holder's any more. The outcomes are in the order of `found`. Errors: none; they are outcomes.
 */
export async function freeLocks(
  found: readonly FoundLock[],
  remove: (lock: FoundLock) => Promise<ReleaseOutcome>,
): Promise<FreeOutcome[]> {
  const outcomes = new Map<FoundLock, FreeOutcome>();
  const items = found.filter(({ store }) => store === 'item');
  const files = found.filter(({ store }) => store === 'file');
  for (const lock of [...items, ...files]) {
    const item = lock.store === 'file' ? findItemThatStays(outcomes, lock.holder) : undefined;
    const outcome = item === undefined ? await attempt(lock, remove) : { kind: 'item_stays' as const, item };
    outcomes.set(lock, outcome);
  }
  return found.flatMap((lock) => outcomes.get(lock) ?? []);
}

async function attempt(
  lock: FoundLock,
  remove: (lock: FoundLock) => Promise<ReleaseOutcome>,
): Promise<FreeOutcome> {
  try {
    return await remove(lock);
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function findItemThatStays(
  outcomes: ReadonlyMap<FoundLock, FreeOutcome>,
  holder: LockHolder,
): ItemThatStays | undefined {
  for (const [lock, outcome] of outcomes) {
    if (lock.store !== 'item' || !isSameHolder(lock.holder, holder)) continue;
    if (outcome.kind === 'failed') return outcome;
    if (outcome.kind === 'taken' && isSameHolder(outcome.holder, holder)) return outcome;
  }
  return undefined;
}

/** The same text or, after a rewrite by another tool, the same id. */
function isSameHolder(one: LockHolder, other: LockHolder): boolean {
  return one.raw === other.raw || (one.id !== undefined && one.id === other.id);
}
