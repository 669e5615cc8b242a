import type { ReleaseOutcome } from '../../backend/lock/lock-store.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { writeDigestAndRelease } from '../../backend/state/commit.ts';
import { StateError, type StateErrorDetails } from '../../backend/state-error.ts';
import type { SavedState } from '../../job-state/saved-state.ts';

/** The result for the lock. `nothing`: there was none to release. `kept`: somebody still works under it. */
export type LockEnd =
  | ReleaseOutcome
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'kept' };

export interface LockRelease {
  readonly lock: LockEnd;
  /** StateErrors `digest_not_written`, `release_failed` and `release_unsure`; LiveTerraform when the lock is kept. */
  readonly errors: readonly Error[];
  /** The digest to write is no longer ours: somebody else has since written the state, or its digest. */
  readonly isOvertaken: boolean;
}

/**
 * Frees the lock on the condition that it is ours (docs/design.md#release-is-conditional). After a push of a state with
 * `pushedMd5`, it also writes the digest, which replaces `storedDigest`. Throws nothing: failures are in `errors`.
 */
export async function releaseLock(
  backend: Backend,
  { session, lockStatus }: SavedState,
  storedDigest: string | undefined,
  pushedMd5: string | undefined,
): Promise<LockRelease> {
  const { table } = backend;
  const lock = stateLock(backend);
  if (lock === undefined || session.lock === undefined || lockStatus === 'none') {
    return { lock: { kind: 'nothing' }, errors: [], isOvertaken: false };
  }
  const { id, info } = session.lock;
  try {
    if (pushedMd5 === undefined || table === undefined) {
      return { lock: await lock.release(info), errors: [], isOvertaken: false };
    }
    const previousMd5 = storedDigest;
    const request = { table, lock: { id, info }, md5: pushedMd5, previousMd5 };
    const { digest, fileError, release } = await writeDigestAndRelease(backend, request);
    const errors: StateErrorDetails[] = [];
    if (digest.kind === 'failed') {
      const stored = previousMd5;
      errors.push({ reason: 'digest_not_written', calculated: pushedMd5, stored, cause: digest.error });
    }
    if (fileError !== undefined) errors.push({ reason: 'release_failed', info, cause: fileError });
    return {
      lock: fileError === undefined ? release : { kind: 'failed' },
      errors: errors.map((details) => new StateError(details, backend)),
      isOvertaken: digest.kind === 'not_ours',
    };
  } catch (cause) {
    const reason = lockStatus === 'held' ? 'release_failed' : 'release_unsure';
    const error = new StateError({ reason, info, cause }, backend);
    return { lock: { kind: 'failed' }, errors: [error], isOvertaken: false };
  }
}
