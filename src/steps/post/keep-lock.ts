import { parseLockHolder } from '../../backend/records/lock-info.ts';
import type { Backend } from '../../backend/settings.ts';
import { commitCheckpoint } from '../../backend/state/checkpoint.ts';
import { StateError } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import type { SavedState } from '../../job-state/saved-state.ts';
import { CodedError } from '../../messages/coded-error.ts';
import { lockStaysText } from '../../messages/terraform-text.ts';
import type { RunningTerraform } from '../../runner/running-terraform.ts';
import type { LockRelease } from './release-lock.ts';
import { nextBeat } from './while-beating.ts';

/** This job's Terraform is still running and could not be stopped. */
export class LiveTerraform extends CodedError<'terraform_still_runs'> {
  override readonly name = 'LiveTerraform';

  constructor(message: string) {
    super('terraform_still_runs', message);
  }
}

/** The digest that must still be written although the lock stays: that of the pushed state replaces the stored one. */
export interface KeptLockDigests {
  readonly stored: string | undefined;
  readonly pushed: string | undefined;
  /** Who still works under the lock. */
  readonly left: readonly RunningTerraform[];
}

/**
 * Leaves the lock, because Terraform that could not be stopped still works under it. After a push, the digest is
 * written anyway. Throws nothing: `errors` contains this and every failure.
 */
export async function keepLock(
  deps: Pick<Dependencies, 'clock'>,
  backend: Backend,
  { session, lockStatus }: SavedState,
  { stored, pushed, left }: KeptLockDigests,
): Promise<LockRelease> {
  const lock = lockStatus === 'none' ? undefined : session.lock;
  const holder = lock === undefined ? undefined : parseLockHolder(lock.info);
  const errors: Error[] = [new LiveTerraform(lockStaysText(backend, left, holder))];
  const { table } = backend;
  if (lock === undefined) return { lock: { kind: 'nothing' }, errors, isOvertaken: false };
  if (pushed === undefined || table === undefined) {
    return { lock: { kind: 'kept' }, errors, isOvertaken: false };
  }
  const notWritten = (cause: unknown): StateError =>
    new StateError({ reason: 'digest_not_written', calculated: pushed, stored, cause }, backend);
  try {
    const beat = { table, lock, beats: nextBeat(deps) };
    const { digest, isHeld } = await commitCheckpoint(backend, beat, { md5: pushed, previousMd5: stored });
    if (digest.kind === 'failed') errors.push(notWritten(digest.error));
    const isOvertaken = digest.kind === 'not_ours';
    return { lock: { kind: isHeld ? 'kept' : 'gone' }, errors, isOvertaken };
  } catch (cause) {
    errors.push(notWritten(cause));
    return { lock: { kind: 'kept' }, errors, isOvertaken: false };
  }
}
