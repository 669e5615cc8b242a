import { AwsError } from '../../aws/errors.ts';
import { mayHaveActed } from '../../aws/in-doubt.ts';
import type { FoundLock } from './lock-store.ts';

/**
 * Whether a delete that failed for good has freed the lock all the same: a look says that whoever `raw` names has it
 * no more. False also where the look fails, since the delete's own error is then the one to tell.
 */
export async function wasOurRelease(
  error: unknown,
  raw: string | undefined,
  read: () => Promise<FoundLock | undefined>,
): Promise<boolean> {
  if (!(error instanceof AwsError) || !mayHaveActed(error)) return false;
  try {
    const now = await read();
    return now === undefined || now.holder.raw !== raw;
  } catch {
    return false;
  }
}
