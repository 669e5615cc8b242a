import type { FoundLock, LockItem } from '../backend/lock/lock-store.ts';
import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import { explain } from './explain.ts';
import { usableId, waysToFree, waysToFreeLock } from './free-lines.ts';
import {
  describeHolding,
  holderLines,
  holdingLines,
  type LockAddress,
  nameStore,
  shorten,
} from './lock-text.ts';
import { describeNotStale, isWithoutRun } from './not-stale-text.ts';
import { plain } from './plain.ts';
import { isFailed, type LockEnd, type LookedAt, type UnlockOutcome } from './unlock-outcome.ts';

/** The content of a lock that can't be read: its `Info`, or else its whole item as JSON, with binary values in base64. */
export function rawLock(lock: FoundLock): string {
  return shorten(lock.holder.raw ?? (lock.store === 'item' ? itemText(lock.item) : ''));
}

/** A lock that was found, for the log: every field of its holder, and all of an item that can't be read. */
export function lockLines(scope: LockAddress, lock: FoundLock, now: number): string[] {
  const lead = `The lock of ${scope.address.lockPath} in ${nameStore(lock, scope)} is`;
  const lines = holdingLines(lead, lock.holder, now);
  if (lock.holder.info !== undefined || lock.store === 'file') return lines;
  return [...lines, '  The item as it is stored:', `  ${shorten(itemText(lock.item))}`];
}

/** The input that frees the lock without proof that it is stale. */
function nameInput(holder: LockHolder): string {
  const id = usableId(holder);
  return id === undefined ? 'force: true' : `lock_id: ${plain(id)}`;
}

/** The words for the result of an unlock: what happened, to which lock, why, and what to do. `now` in ms since the epoch. */
export function explainUnlock(outcome: UnlockOutcome, scope: StateScope, now: number): string {
  if (outcome.length === 0) return `There is no lock of ${scope.address.lockPath}: nothing to free.`;
  return groupByHolder(outcome)
    .map(([end, where]) => {
      const lock = `The lock of ${scope.address.lockPath} in ${where.map((lock) => nameStore(lock, scope)).join(' and ')}`;
      return isFailed(end) ? explainFailed(end, where, lock, scope, now) : explainEnd(end, lock, scope, now);
    })
    .join('\n');
}

/** Reports the same result for the same holder in both stores only once. */
function groupByHolder(outcome: UnlockOutcome): [LockEnd, FoundLock[]][] {
  const groups: [LockEnd, FoundLock[]][] = [];
  for (const end of outcome) {
    const same = groups.find(([first]) => isSame(first, end));
    if (same === undefined) groups.push([end, [end.lock]]);
    else same[1].push(end.lock);
  }
  return groups;
}

function isSame(one: LockEnd, other: LockEnd): boolean {
  if (isFailed(one) || isFailed(other)) return isFailed(one) && isFailed(other) && one.error === other.error;
  return one.code === other.code && one.lock.holder.raw === other.lock.holder.raw;
}

function explainEnd(end: LookedAt, lock: string, scope: StateScope, now: number): string {
  const { holder } = end.lock;
  switch (end.code) {
    case 'released':
      return `${lock} was freed. It was ${describeHolding(holder, scope, now)}.`;
    case 'no_lock':
      return `${lock} is free: somebody else freed it at the same time.`;
    case 'not_stale':
      return explainNotStale(end, lock, scope, now);
    case 'frozen':
      return explainFreezeStays(end.lock, lock, 'force', now);
    case 'lock_id_differs':
      return [
        `${lock} does not have the id ${plain(end.lockId)} (lock_id) and stays. Its holder:`,
        ...holderLines(holder, now),
      ].join('\n');
    case 'holder_unreadable':
      return [
        `${lock} can't be identified by its id and stays.`,
        'If you are sure that nobody works under it, free it with force: true instead of lock_id.',
        ...holderLines(holder, now),
      ].join('\n');
    case 'lock_lost':
      return [
        `${lock} changed hands before it could be freed. The new lock stays. Its holder:`,
        ...holderLines(end.successor, now),
      ].join('\n');
  }
}

function explainFailed(
  { lock, error }: Extract<LockEnd, { error: unknown }>,
  where: readonly FoundLock[],
  name: string,
  scope: StateScope,
  now: number,
): string {
  const isInBoth = where.length > 1;
  const ways = isInBoth ? waysToFree(scope, lock.holder) : waysToFreeLock(scope, lock.store, lock.holder);
  return [
    `${name} could not be freed.`,
    ...(isInBoth ? ['The lock item could not be deleted, so the lock file was not deleted either.'] : []),
    'If it is still there, free it with',
    ...ways,
    `Why: ${explain(error, now)}`,
    'Its holder:',
    ...holderLines(lock.holder, now),
  ].join('\n');
}

/** The log has named the holder only if the step looked up its run. Of an unreadable lock it has all that is stored. */
function explainNotStale(
  { lock: found, reason }: Extract<LookedAt, { code: 'not_stale' }>,
  lock: string,
  scope: StateScope,
  now: number,
): string {
  if (reason.kind === 'frozen') return explainFreezeStays(found, lock, 'only_if_stale', now);
  const { holder } = found;
  const what = `${lock} is not provably stale and stays: ${describeNotStale(reason)}.`;
  const fix = `If its holder is gone for good, give ${nameInput(holder)} instead of only_if_stale.`;
  const fixes = holder.id === undefined ? [] : [fix];
  if (isWithoutRun(reason) && holder.info !== undefined)
    return [what, ...fixes, ...holdingLines('It is', holder, now)].join('\n');
  return [`${what} It is ${describeHolding(holder, scope, now)}.`, ...fixes].join('\n');
}

function explainFreezeStays(
  { holder }: Pick<FoundLock, 'holder'>,
  lock: string,
  input: 'force' | 'only_if_stale',
  now: number,
): string {
  return [
    `${lock} is a freeze, which ${input}: true does not free. It stays.`,
    `Thaw the state with the freeze action and command: thaw, or give the lock_id instead of ${input}.`,
    'The freeze:',
    ...holderLines(holder, now),
  ].join('\n');
}

function itemText(item: LockItem): string {
  return JSON.stringify(item, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}
