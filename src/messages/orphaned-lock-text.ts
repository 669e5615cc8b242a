import type { LockHolder } from '../backend/lock/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import { waysToFree } from './free-lines.ts';
import { holderLines } from './lock-text.ts';

/** A lock of this job's Terraform that was freed. `now` in ms since the epoch. */
export function freedText(scope: StateScope, holder: LockHolder, now: number): string {
  return [
    `This job's Terraform left the lock of ${scope.address.lockPath}: freed it. It was`,
    ...holderLines(holder, scope, now),
  ].join('\n');
}

/** A lock that stays, red, because whose it is can't be told, or because it could not be freed; `why` is a sentence. */
export function stuckText(scope: StateScope, holder: LockHolder, why: string, now: number): string {
  return [
    `The lock of ${scope.address.lockPath} may be one that this job's Terraform left, and stays: ${why}`,
    ...holderLines(holder, scope, now),
    'If nobody works under it, free it with',
    ...waysToFree(scope, holder),
  ].join('\n');
}
