import { AwsError } from '../../aws/errors.ts';
import type { StateProvenance } from '../records/provenance.ts';
import type { Backend } from '../settings.ts';
import type { DetailsOf } from '../state-error.ts';
import { readDigest, replaceDigest, requireDigest } from './digest.ts';
import { hashObject } from './look-up-object.ts';

/**
 * A repaired digest: the new one in the table, the previous one, and who wrote the object according to its metadata.
 */
export interface DigestRepair {
  readonly calculated: string;
  readonly stored: string;
  readonly written: StateProvenance | undefined;
}

/** The result of the search for a digest to repair. */
export type RepairOutcome =
  | { readonly kind: 'nothing' }
  | ({ readonly kind: 'repaired' } & DigestRepair)
  | { readonly kind: 'failed'; readonly error: AwsError };

type Mismatch = DetailsOf<'digest_mismatch'>;

/**
 * Whether a mismatch results from a crash, or a lost lock, between the writes of object and digest: the object is the
 * one that a lock holder announced in the table before storing it. Its metadata proves nothing, because anybody who can
 * write to the bucket can forge it. Pure.
 */
export function isDigestBehind({ calculated, announced }: Mismatch): boolean {
  return calculated !== '' && announced === calculated;
}

/**
 * Writes the missing digest over exactly the item that was found. False when the table now has another digest or
 * announces another one, which stays. Errors: AwsError.
 */
export async function repairDigest(
  { aws, table, address }: Backend,
  { calculated, stored }: Pick<Mismatch, 'calculated' | 'stored'>,
): Promise<boolean> {
  if (table === undefined) return false;
  const digest = await readDigest(aws, table, address.digestPath);
  if (digest.kind !== 'valid' || digest.md5 !== stored || digest.next !== calculated) return false;
  return await replaceDigest(aws, table, address.digestPath, digest, calculated);
}

/**
 * The same for a caller that does not pull the state. Reads the state only if the table announces another digest than
 * it has. This is a side task for later readers, so a missing permission or a failing store is a result. Throws only an
 * abort.
 */
export async function repairAnnounced(backend: Backend): Promise<RepairOutcome> {
  try {
    const repair = await findAndRepair(backend);
    return repair === undefined ? { kind: 'nothing' } : { kind: 'repaired', ...repair };
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind === 'aborted') throw error;
    return { kind: 'failed', error };
  }
}

async function findAndRepair(backend: Backend): Promise<DigestRepair | undefined> {
  const { aws, table, address } = backend;
  if (table === undefined) return undefined;
  const digest = await requireDigest(aws, table, address.digestPath);
  if (digest.kind !== 'valid' || digest.next === undefined || digest.next === digest.md5) return undefined;
  const object = await hashObject(backend, address.objectKey);
  if (object?.md5 !== digest.next) return undefined;
  if (!(await replaceDigest(aws, table, address.digestPath, digest, digest.next))) return undefined;
  return { calculated: digest.next, stored: digest.md5, written: object.provenance };
}
