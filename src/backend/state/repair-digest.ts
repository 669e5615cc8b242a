import { AwsError } from '../../aws/errors.ts';
import type { Backend } from '../settings.ts';
import type { StateErrorDetails } from '../state-error.ts';
import { readDigest, writeDigest } from './digest.ts';

type Mismatch = Extract<StateErrorDetails, { reason: 'digest_mismatch' }>;

/**
 * Whether a mismatch is what a crash between the object and its digest leaves: the object is whole as its writer left
 * it, and the table still has the digest that the writer saw. So the table's is never one of a newer object. Pure.
 */
export function isDigestBehind({ written, stored }: Mismatch): boolean {
  return written?.digestBefore !== undefined && written.digestBefore.toLowerCase() === stored;
}

/**
 * Makes up for the digest that a crash kept from being written, over the very one that was found. Only the holder of
 * the lock may do this. False: the table has another digest by now, which stays. Errors: AwsError.
 */
export async function repairDigest(
  { aws, table, address }: Backend,
  { calculated, stored }: Mismatch,
): Promise<boolean> {
  if (table === undefined) return false;
  const digest = await readDigest(aws, table, address.digestPath);
  if (digest.kind !== 'valid' || digest.md5 !== stored) return false;
  try {
    await writeDigest(aws, table, address.digestPath, calculated, { over: digest.stored });
    return true;
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== 'conditional_check_failed') throw error;
    // Our own write may have been made, and its answer lost.
    const now = await readDigest(aws, table, address.digestPath);
    return now.kind === 'valid' && now.md5 === calculated;
  }
}
