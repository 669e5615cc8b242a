import { StateError } from '../../backend/faults.ts';
import { lockTable, type ReleaseOutcome } from '../../backend/lock-table.ts';
import type { Backend } from '../../backend/settings.ts';
import { writeDigestAndRelease } from '../../backend/settle.ts';
import type { SavedState } from '../saved-state.ts';

/** What came of the lock: `nothing`: there was none to release. */
export type LockEnd = ReleaseOutcome | { readonly kind: 'nothing' } | { readonly kind: 'failed' };

export interface LetGo {
  readonly lock: LockEnd;
  /** StateErrors `digest_not_written`, `release_failed` and `release_unsure`. */
  readonly errors: readonly StateError[];
}

/**
 * Frees the lock if it is ours, on the condition that it is (design 4); after a push of a state with
 * `pushedMd5` the digest is written with it. Throws nothing: what fails is in `errors`.
 */
export async function letGo(
  backend: Backend,
  { session, lockStatus, pulled }: SavedState,
  pushedMd5: string | undefined,
): Promise<LetGo> {
  const { aws, address, table } = backend;
  if (table === undefined || session.lock === undefined || lockStatus === 'none') {
    return { lock: { kind: 'nothing' }, errors: [] };
  }
  const { info } = session.lock;
  try {
    if (pushedMd5 === undefined) {
      return { lock: await lockTable(aws, table, address.lockId).release(info), errors: [] };
    }
    const previousMd5 = pulled?.storedDigest;
    const request = { table, info, md5: pushedMd5, previousMd5 };
    const { digestError, release } = await writeDigestAndRelease(backend, request);
    if (digestError === undefined) return { lock: release, errors: [] };
    const fault = {
      reason: 'digest_not_written',
      calculated: pushedMd5,
      stored: previousMd5,
      cause: digestError,
    } as const;
    return { lock: release, errors: [new StateError(fault, backend)] };
  } catch (cause) {
    const reason = lockStatus === 'held' ? 'release_failed' : 'release_unsure';
    const error = new StateError({ reason, info, cause }, backend);
    return { lock: { kind: 'failed' }, errors: [error] };
  }
}
