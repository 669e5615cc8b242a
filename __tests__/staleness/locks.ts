import type { FoundLock } from '../../src/backend/lock/lock-store.ts';
import { foundItem, lockItem } from '../../src/backend/lock/lock-table.ts';
import { makeHolder } from '../job-state/scopes.ts';

export const RUN = 'https://github.com/acme/infra/actions/runs/123/attempts/2';
const holder = makeHolder({ info: RUN });

/** The lock item of a job of run 123 after that many beats; `undefined`: nobody renews it. */
export function itemWith(beats: number, heartbeatMs: number | undefined = 20_000, id = 'one'): FoundLock {
  const info = makeHolder({ info: RUN, id }).raw ?? '';
  return foundItem(lockItem('b/k', { id, info, heartbeatMs }, beats));
}

export const itemWithout = foundItem(
  lockItem('b/k', { id: 'one', info: holder.raw ?? '', heartbeatMs: undefined }, 0),
);
export const file: FoundLock = { store: 'file', holder, heartbeat: undefined, etag: '"e"' };
export const laptopsItem = foundItem(
  lockItem('b/k', { id: 'two', info: makeHolder({ info: '' }).raw ?? '', heartbeatMs: undefined }, 0),
);
