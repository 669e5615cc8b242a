import { parseFreeze } from '../records/freeze.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';

/** Throws the StateError `frozen` if this holder's lock is a freeze that the step can no longer wait for. */
export function throwIfFrozen(backend: Backend, holder: LockHolder | undefined, waitedMs: number): void {
  const freeze = parseFreeze(holder);
  if (holder === undefined || freeze === undefined) return;
  const leftMs = freeze.until - backend.aws.storeNow();
  throw new StateError({ reason: 'frozen', holder, freeze, leftMs, waitedMs }, backend);
}
