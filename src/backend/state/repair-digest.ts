import { AwsError } from '../../aws/errors.ts';
import type { StateProvenance } from '../records/provenance.ts';
import type { Backend } from '../settings.ts';
import type { StateErrorDetails } from '../state-error.ts';
import { readDigest, replaceDigest } from './digest.ts';
import { hashObject } from './look-up-object.ts';

/** A digest that was made up for: what the table has now, what it had, and who wrote the object, as its metadata say. */
export interface DigestRepair {
  readonly calculated: string;
  readonly stored: string;
  readonly written: StateProvenance | undefined;
}

/** What came of a look for a digest to repair. */
export type RepairOutcome =
  | { readonly kind: 'nothing' }
  | ({ readonly kind: 'repaired' } & DigestRepair)
  | { readonly kind: 'failed'; readonly error: AwsError };

type Mismatch = Extract<StateErrorDetails, { reason: 'digest_mismatch' }>;

/**
 * Whether a mismatch is what a crash, or the loss of the lock, between an object and its digest leaves: the object is the
 * one that a holder of the lock announced in the table before it was stored. Its metadata prove nothing, since whoever
 * can write the bucket can forge them. Pure.
 */
export function isDigestBehind({ calculated, announced }: Mismatch): boolean {
  return calculated !== '' && announced === calculated;
}

/**
 * Makes up for the digest that was kept from being written, over the very item that was found. False: the table has
 * another digest by now, or another one is announced; it stays. Errors: AwsError.
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
 * The same for whoever does not pull the state: reads it only where another digest was announced than the table has. It is
 * done on the way, for those who read next, so a role that may not, or a store that fails, is a result. Throws nothing
 * but an abort.
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
  const digest = await readDigest(aws, table, address.digestPath);
  if (digest.kind === 'unreadable') throw digest.error;
  if (digest.kind !== 'valid' || digest.next === undefined || digest.next === digest.md5) return undefined;
  const object = await hashObject(backend, address.objectKey);
  if (object?.md5 !== digest.next) return undefined;
  if (!(await replaceDigest(aws, table, address.digestPath, digest, digest.next))) return undefined;
  return { calculated: digest.next, stored: digest.md5, written: object.provenance };
}
