import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { repairAnnounced } from '../../backend/state/repair-digest.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { AssessedLock } from '../../messages/holder-status.ts';
import type { FreeEnd, LockRow } from '../../messages/locks-text.ts';
import { reportRepair } from '../../messages/report-repair.ts';

/**
 * Frees the locks of dead holders, one after the other, each one on the condition that it is still the one that was looked at, without a
 * beat since. Every one is attempted. Errors: only the reason of the signal; what could not be freed is an end.
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
    // A beat meanwhile disproves what was known of the holder.
    const status = end?.kind === 'stays' ? { kind: 'alive' as const, reason: end.reason } : one.status;
    rows.push({ found: one.found, status, end });
    if (end?.kind === 'freed' && isOnlyLock(one, assessed)) await repair(deps, backend, one);
  }
  return rows;
}

/**
 * Only the lock item shows whether its holder lives, so the lock file of the same holder goes only after it. Whoever made sure of the item
 * may leave the file in an interrupt: the next look finds it, dead as before.
 */
async function freeStateLock(backend: Backend, { found }: AssessedLock): Promise<FreeEnd> {
  const stores = stateLock({ ...backend, address: found.address });
  if (stores === undefined) return { kind: 'gone' };
  let whole: FreeEnd = { kind: 'gone' };
  for (const lock of found.stores) {
    const end = await freeOne((one) => stores.remove(one), lock);
    if (end.kind !== 'freed' && end.kind !== 'gone') return end;
    if (end.kind === 'freed') whole = end;
  }
  return whole;
}

async function freeOne(
  remove: NonNullable<ReturnType<typeof stateLock>>['remove'],
  lock: FoundLock,
): Promise<FreeEnd> {
  try {
    const end = await remove(lock);
    if (end.kind === 'released') return { kind: 'freed' };
    if (end.kind === 'gone') return { kind: 'gone' };
    if (end.holder.raw !== lock.holder.raw) return { kind: 'taken' };
    return { kind: 'stays', reason: { kind: 'renewed_at_last' } };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** While another holder's lock of the state is left, its digest is that one's to see. */
function isOnlyLock({ found }: AssessedLock, assessed: readonly AssessedLock[]): boolean {
  const { lockPath } = found.address;
  return assessed.filter((other) => other.found.address.lockPath === lockPath).length === 1;
}

/** Whoever held it may have died between the state and its digest. */
async function repair(
  deps: Pick<Dependencies, 'runner' | 'clock'>,
  backend: Backend,
  { found: { address } }: AssessedLock,
): Promise<void> {
  const scoped = { ...backend, address };
  reportRepair(deps, scoped, await repairAnnounced(scoped));
}
