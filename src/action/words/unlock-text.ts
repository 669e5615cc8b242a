import type { SeenLock, UnlockOutcome } from '../unlock/outcome.ts';
import { holderLines, nameHolder } from './lock-text.ts';
import { plain } from './plain.ts';

/** What a lock that can't be read holds: its `Info`, else its whole item as JSON, binary values in base64. */
export function rawLock({ holder, item }: SeenLock): string {
  return plain(holder.raw ?? (item === undefined ? '(no Info)' : itemText(item)));
}

/** A lock that was found, for the log: its holder's every field, and of one that can't be read the whole item. */
export function lockLines(lockId: string, lock: SeenLock, now: number): string[] {
  const lines = [`The lock of ${lockId} is held by`, ...holderLines(lock.holder, now)];
  if (lock.holder.info !== undefined || lock.item === undefined) return lines;
  return [...lines, '  The item as it is stored:', `  ${plain(itemText(lock.item))}`];
}

/** The words for what came of an unlock: what happened, to which lock, why, what to do. `now` in ms since the epoch. */
export function explainUnlock(outcome: UnlockOutcome, lockId: string, now: number): string {
  switch (outcome.code) {
    case 'no_lock':
      return outcome.found
        ? `The lock of ${lockId} is free by now: somebody else freed it at the same time.`
        : `There is no lock of ${lockId}: nothing to free.`;
    case 'released':
      return `Freed the lock of ${lockId}. It was held by ${nameHolder(outcome.lock.holder, now)}.`;
    case 'not_stale': {
      const { holder } = outcome.lock;
      return `The lock of ${lockId} is not provably stale and stays: ${plain(outcome.doubt)}. Held by ${nameHolder(holder, now)}.`;
    }
    case 'lock_id_differs':
      return [
        `The lock of ${lockId} does not have the id ${plain(outcome.lockId)} (lock_id); nothing was freed. Its holder:`,
        ...holderLines(outcome.lock.holder, now),
      ].join('\n');
    case 'holder_unreadable':
      return [
        `The lock of ${lockId} can't be told by its id; nothing was freed.`,
        ...holderLines(outcome.lock.holder, now),
        'If you are sure that nobody works under it, free it with force: true in place of lock_id.',
      ].join('\n');
    case 'lock_lost':
      return [
        `The lock of ${lockId} changed hands before it could be freed; the new one was left alone. Its holder:`,
        ...holderLines(outcome.lock.holder, now),
      ].join('\n');
  }
}

function itemText(item: NonNullable<SeenLock['item']>): string {
  return JSON.stringify(item, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}
