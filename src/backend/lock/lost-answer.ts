import { AwsError } from '../../aws/errors.ts';
import { mayHaveActed } from '../../aws/in-doubt.ts';
import type { FoundLock } from './lock-store.ts';

/**
 * Whether a delete that failed for good has freed the lock anyway. Reads the lock: it is freed if the holder in `raw`
 * no longer has it. False also when the read fails, because the delete's own error is then the one to report.
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
