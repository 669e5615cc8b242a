import type { HeldLock } from '../lock/held-lock.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import { DigestOverwritten } from './commit.ts';
import { type ReadDigest, replaceDigest, requireDigest, storedText } from './digest.ts';
import { type PushRequest, pushState } from './push-state.ts';
import type { StoreOutcome } from './state-object.ts';

/** The new object. */
export type StoredObject = Extract<StoreOutcome, { kind: 'stored' }>;

/**
 * Pushes a state under a lock that a step took only for this, and then its digest. Errors: those of `pushState`;
 * StateErrors `state_conflict` when the object is not the expected one, and `digest_not_written`, after which the state
 * is stored; AwsError before anything is stored.
 */
export async function pushWithDigest(
  backend: Backend,
  held: HeldLock | undefined,
  request: Omit<PushRequest, 'storedDigest'>,
): Promise<StoredObject> {
  const before = await readBefore(backend);
  const storedDigest = before && storedText(before);
  const outcome = await pushState(backend, held, { ...request, storedDigest });
  const { expectedEtag, facts } = request;
  if (outcome.kind === 'conflict') {
    throw new StateError({ reason: 'state_conflict', expectedEtag, current: outcome.current }, backend);
  }
  if (before !== undefined) await writeDigest(backend, storedDigest, facts.md5);
  return outcome;
}

/** Before the object is stored, so an unreadable table is an error while nothing has to be repaired. */
async function readBefore(backend: Backend): Promise<ReadDigest | undefined> {
  const { aws, table, address } = backend;
  if (table === undefined) return undefined;
  return await requireDigest(aws, table, address.digestPath);
}

/** `stored`: the text of the item before the push, which has announced the new digest in it. */
async function writeDigest(backend: Backend, stored: string | undefined, md5: string): Promise<void> {
  const failed = (cause: unknown) =>
    new StateError({ reason: 'digest_not_written', calculated: md5, stored, cause }, backend);
  const isWritten = await replace(backend, stored, md5).catch((cause: unknown) => {
    throw failed(cause);
  });
  if (!isWritten) throw failed(new DigestOverwritten());
}

async function replace(
  { aws, table, address }: Backend,
  stored: string | undefined,
  md5: string,
): Promise<boolean> {
  if (table === undefined) return true;
  const now = await requireDigest(aws, table, address.digestPath);
  if (now.kind === 'valid' && now.md5 === md5 && now.next === undefined) return true;
  const isAsBefore = [stored, md5].includes(storedText(now));
  return isAsBefore && (await replaceDigest(aws, table, address.digestPath, now, md5));
}
