import { isAwsEndpoint } from '../../aws/aws-endpoints.ts';
import { withoutQuotes } from '../objects/object-headers.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import { traceWrite, type WriteTrace } from '../write-trace.ts';
import {
  type DeleteOutcome,
  type FoundFile,
  type LockFileObject,
  lockFileObject,
  type PutCondition,
} from './lock-file-object.ts';
import type { AcquireOutcome, FoundLock, LockStore, OurLock, ReleaseOutcome } from './lock-store.ts';
import { isOurs } from './lock-table.ts';
import { wasOurRelease } from './lost-answer.ts';

/**
 * Terraform's S3-native lock for one state: an object that exists while somebody holds the lock
 * (docs/protocol.md#lock-file). The body names the holder, byte for byte.
 *
 * Errors besides AwsError: StateError `no_conditional_writes` when the store can't keep two clients from taking the
 * lock, and `takeover_refused` when it can't replace a stale one.
 */
export function lockFile(backend: Backend): LockStore {
  const trace: WriteTrace = { mayBeOurs: false };
  const object = lockFileObject(backend);
  const file: LockFile = {
    ...object,
    put: (info, condition) => traceWrite(trace, () => object.put(info, condition)),
    trusted: isAwsEndpoint(backend.endpoints.s3),
    noConditionalWrites: () => new StateError({ reason: 'no_conditional_writes', cause: undefined }, backend),
    takeoverRefused: (holder) => new StateError({ reason: 'takeover_refused', holder }, backend),
  };
  return {
    acquire: async (ours, stale) => {
      const outcome = await acquire(file, ours, stale);
      if (outcome.kind === 'conflict') trace.mayBeOurs = false;
      return outcome;
    },
    read: file.read,
    release: async (info) => {
      const outcome = await release(file, info);
      // An interrupted write of ours may still arrive after no lock was found.
      if (outcome.kind !== 'gone') trace.mayBeOurs = false;
      return outcome;
    },
    mayBeOurs: () => trace.mayBeOurs,
    // The body identifies the lock. An ETag says nothing when the store ignores it on a delete.
    remove: async (found) =>
      found.store === 'file' ? await release(file, found.holder.raw) : { kind: 'gone' },
  };
}

interface LockFile extends LockFileObject {
  /**
   * Whether the store is AWS itself, which is known to honour the conditions of a put. Some other stores ignore them.
   */
  readonly trusted: boolean;
  noConditionalWrites(): StateError;
  takeoverRefused(holder: LockHolder): StateError;
}

async function acquire(file: LockFile, ours: OurLock, stale: FoundLock | undefined): Promise<AcquireOutcome> {
  // A store that ignores the condition would overwrite another holder's lock, so check first in that case.
  const before = file.trusted ? undefined : await file.read();
  if (before === undefined && (await take(file, ours.info, { IfNoneMatch: '*' }))) {
    return { kind: 'held', broken: [] };
  }
  const lock = before ?? (await file.read());
  if (lock === undefined) return { kind: 'vanished' };
  // The lock is from our own put, whose answer was lost. It took over what it was meant to take over.
  if (isOurs(lock.holder, ours)) return { kind: 'held', broken: stale?.store === 'file' ? [stale] : [] };
  if (lock.holder.raw !== stale?.holder.raw || lock.etag === undefined) return { kind: 'conflict', lock };
  return await takeOver(file, ours, lock, lock.etag);
}

/** Replaces exactly the file that was found. Tries each spelling of its ETag until the store understands one. */
async function takeOver(
  file: LockFile,
  ours: OurLock,
  lock: FoundFile,
  etag: string,
): Promise<AcquireOutcome> {
  for (const IfMatch of file.trusted ? [etag] : [etag, withoutQuotes(etag)]) {
    if (await take(file, ours.info, { IfMatch })) return { kind: 'held', broken: [lock] };
    const now = await file.read();
    if (now && isOurs(now.holder, ours)) return { kind: 'held', broken: [lock] };
    if (file.trusted || now?.etag !== etag) return { kind: 'vanished' };
  }
  throw file.takeoverRefused(lock.holder);
}

/**
 * A conditional put that is known to work. With an unknown store, the same put is repeated and must be refused this
 * time. A store that accepts it can't exclude other clients, so the lock is released.
 */
async function take(file: LockFile, info: string, condition: PutCondition): Promise<boolean> {
  if (!(await file.put(info, condition))) return false;
  if (file.trusted) return true;
  let ignored = true;
  try {
    ignored = await file.put(info, condition);
  } finally {
    if (ignored) await release(file, info);
  }
  if (ignored) throw file.noConditionalWrites();
  return true;
}

async function release(file: LockFileObject, info: string | undefined): Promise<ReleaseOutcome> {
  const lock = await file.read();
  if (lock === undefined) return { kind: 'gone' };
  if (lock.holder.raw !== info) return { kind: 'taken', holder: lock.holder };
  const outcome = await deleteRead(file, lock);
  // The lock was there a moment ago. If an attempt got no answer, that attempt deleted it.
  if (outcome.kind === 'deleted' || outcome.mayBeOurs) return { kind: 'released' };
  if (outcome.kind === 'gone') return { kind: 'gone' };
  const successor = await file.read();
  return successor === undefined ? { kind: 'gone' } : { kind: 'taken', holder: successor.holder };
}

async function deleteRead(file: LockFileObject, { etag, holder }: FoundFile): Promise<DeleteOutcome> {
  try {
    return await file.delete(etag);
  } catch (error) {
    if (await wasOurRelease(error, holder.raw, file.read)) return { kind: 'deleted' };
    throw error;
  }
}
