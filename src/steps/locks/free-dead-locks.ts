import type { FreeOutcome } from '../../backend/lock/free-locks.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { repairAnnounced } from '../../backend/state/repair-digest.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { AssessedLock } from '../../messages/holder-status.ts';
import type { FreeEnd, LockRow } from '../../messages/locks-text.ts';
import { reportRepair } from '../../messages/report-repair.ts';

/**
 * Frees the locks of dead holders, one after another, each only if it has not changed and had no beat since it was
 * read. Attempts every one. Errors: only the reason of the signal; a failure is a result.
 */
export async function freeDeadLocks(
  deps: Pick<Dependencies, 'runner' | 'clock' | 'signal'>,
  backend: Backend,
  assessed: readonly AssessedLock[],
): Promise<LockRow[]> {
  const rows: LockRow[] = [];
  for (const one of assessed) {
    deps.signal.throwIfAborted();
    const end = one.status.kind === 'dead' ? await freeStateLock(backend, one) : undefined;
    // A beat in the meantime disproves the holder's death.
    const status = end?.kind === 'stays' ? { kind: 'alive' as const, reason: end.reason } : one.status;
    rows.push({ found: one.found, status, end });
    if (end?.kind === 'freed' && isOnlyLock(one, assessed)) await repair(deps, backend, one);
  }
  return rows;
}

/** An interrupt may free the item and leave the file: the next run finds it, as dead as before. */
async function freeStateLock(backend: Backend, { found }: AssessedLock): Promise<FreeEnd> {
  const stores = stateLock({ ...backend, address: found.address });
  if (stores === undefined) return { kind: 'gone' };
  const outcomes = await stores.free(found.stores);
  const ends = outcomes.map((outcome, i) => toEnd(outcome, found.stores[i]));
  const left = ends.find(({ kind }) => kind !== 'freed' && kind !== 'gone');
  return left ?? ends.find(({ kind }) => kind === 'freed') ?? { kind: 'gone' };
}

function toEnd(outcome: FreeOutcome, lock: FoundLock | undefined): FreeEnd {
  switch (outcome.kind) {
    case 'released':
      return { kind: 'freed' };
    case 'gone':
      return { kind: 'gone' };
    case 'failed':
      return outcome;
    case 'item_stays':
      return toEnd(outcome.item, lock);
    case 'taken':
      if (outcome.holder.raw !== lock?.holder.raw) return { kind: 'taken' };
      return { kind: 'stays', reason: { kind: 'renewed_at_last' } };
  }
}

/** While another holder's lock of the state exists, the digest is that holder's responsibility. */
function isOnlyLock({ found }: AssessedLock, assessed: readonly AssessedLock[]): boolean {
  const { lockPath } = found.address;
  return assessed.filter((other) => other.found.address.lockPath === lockPath).length === 1;
}

/** The holder may have died between the state and its digest. */
async function repair(
  deps: Pick<Dependencies, 'runner' | 'clock'>,
  backend: Backend,
  { found: { address } }: AssessedLock,
): Promise<void> {
  const scoped = { ...backend, address };
  reportRepair(deps, scoped, await repairAnnounced(scoped));
}
