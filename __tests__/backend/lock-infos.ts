import type { OurLock } from '../../src/backend/lock/lock-store.ts';
import { serializeLockInfo } from '../../src/backend/records/lock-info.ts';

/** The info of a lock with this id. */
export function makeLock(id: string, heartbeatMs?: number): OurLock {
  const info = serializeLockInfo({
    id,
    operation: 'OperationTypeApply',
    info: 'a & b',
    who: `${id}@host`,
    version: '1.11.4',
    created: '2026-01-02T03:04:05Z',
    path: 'b/k',
  });
  return { id, info, heartbeatMs };
}
