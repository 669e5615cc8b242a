import { AwsError } from '../../aws/errors.ts';
import { queuePath } from '../address.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import { type FreeOutcome, freeLocks } from './free-locks.ts';
import { lockFile } from './lock-file.ts';
import { type LockQueue, lockQueue } from './lock-queue.ts';
import type { AcquireOutcome, FoundLock, LockStore, OurLock, ReleaseOutcome } from './lock-store.ts';
import { isOurs, lockTable } from './lock-table.ts';
import { ticketItem } from './ticket-item.ts';
import { ticketObjects } from './ticket-objects.ts';

/** Makes a call, in a time limit of its own for example. */
export type CallMaker = <Value>(call: () => Promise<Value>) => Promise<Value>;

/** The lock of one state in all stores that its backend configures. */
export interface StateLock {
  /**
   * Takes every store in turn. If somebody else holds one, it releases those before it (docs/protocol.md#both-locks).
   * Takes `stale` over, in both stores if it is in both. Errors: AwsError, after which any store may be ours and must
   * be freed with `release`; StateErrors `rollback_failed` and `no_conditional_writes`.
   */
  acquire(ours: OurLock, stale?: FoundLock): Promise<AcquireOutcome>;
  /** The stale locks that `acquire` has taken over so far, including those that it had to release again. */
  readonly broken: readonly FoundLock[];
  /** The locks that exist, in Terraform's order. */
  read(): Promise<FoundLock[]>;
  /** Who holds the lock instead of us, if anybody; undefined while it is ours in every store. */
  findOtherHolder(info: string): Promise<{ readonly holder: LockHolder | undefined } | undefined>;
  /** Attempts to free every store, each only if its lock is ours. Errors: the first AwsError. */
  release(info: string): Promise<ReleaseOutcome>;
  /** Whether `acquire` may have left a lock of ours in any store. */
  mayBeOurs(): boolean;
  /** Frees what `acquire` may have taken, without calling the other stores. Errors: the first AwsError. */
  giveBack(info: string): Promise<ReleaseOutcome>;
  /**
   * Frees what was found, each lock if it is still that one: a lock item first, and the lock file of the same holder only
   * after it. `call` makes each delete. Errors: none; they are outcomes, in the order of `found`.
   */
  free(found: readonly FoundLock[], call?: CallMaker): Promise<FreeOutcome[]>;
  /** Those who wait for it: one queue, in the table where there is one. */
  readonly queue: LockQueue;
}

/**
 * The lock that the backend's settings configure: the lock file, the lock item, or first the file and then the item, as
 * in Terraform (docs/protocol.md#both-locks). Undefined when neither is configured.
 */
export function stateLock(backend: Backend): StateLock | undefined {
  const stores = listLockStores(backend);
  if (stores.length === 0) return undefined;
  const broken: FoundLock[] = [];
  return {
    acquire: acquireAll(backend, stores, broken),
    broken,
    read: async () =>
      (await Promise.all(stores.map((store) => store.read()))).filter((lock) => lock !== undefined),
    findOtherHolder: (info) => findOtherHolder(stores, info),
    release: (info) => releaseAll(stores, info),
    mayBeOurs: () => stores.some((store) => store.mayBeOurs()),
    giveBack: (info) =>
      releaseAll(
        stores.filter((store) => store.mayBeOurs()),
        info,
      ),
    free: (found, call = (make) => make()) =>
      freeLocks(found, (lock) => call(() => removeFrom(backend, lock))),
    queue: openQueue(backend),
  };
}

function openQueue(backend: Backend): LockQueue {
  const { aws, table, address } = backend;
  const tickets =
    table === undefined ? ticketObjects(backend) : ticketItem({ aws, table, path: queuePath(address) });
  return lockQueue(tickets, () => aws.storeNow());
}

async function removeFrom(backend: Backend, found: FoundLock): Promise<ReleaseOutcome> {
  if (found.store === 'file') return await lockFile(backend).remove(found);
  const [item] = listLockStores({ ...backend, useLockfile: false });
  return item === undefined ? { kind: 'gone' } : await item.remove(found);
}

function listLockStores(backend: Backend): LockStore[] {
  const { aws, table, address } = backend;
  return [
    ...(backend.useLockfile ? [lockFile(backend)] : []),
    ...(table === undefined ? [] : [lockTable(aws, table, address.lockPath)]),
  ];
}

function acquireAll(
  backend: Backend,
  stores: readonly LockStore[],
  broken: FoundLock[],
): StateLock['acquire'] {
  // The store in which another holder blocked us after we had taken an earlier store. The next attempt checks it first.
  // Otherwise each attempt would take the earlier store for nothing, which leaves two object versions in a versioned
  // bucket.
  let blocked: LockStore | undefined;
  return async (ours, stale) => {
    const lock = await blocked?.read();
    if (lock !== undefined && lock.holder.raw !== stale?.holder.raw && !isOurs(lock.holder, ours)) {
      return await withSignOfLife(stores, lock);
    }
    // Only the item has a heartbeat, so it decides first whether a lock is still the stale one.
    const order = stale?.store === 'item' ? stores.toReversed() : stores;
    const { taken, outcome } = await takeInOrder(order, ours, stale, broken);
    if (outcome.kind === 'held') return outcome;
    blocked = taken.length === 0 ? undefined : order[taken.length];
    await giveBack(backend, taken, ours, { outcome, stays: order === stores ? 'file' : 'item' });
    return outcome.kind === 'conflict' ? await withSignOfLife(stores, outcome.lock) : outcome;
  };
}

/** Takes stores up to the first that somebody else holds. Adds what is taken over to `broken`. */
async function takeInOrder(
  order: readonly LockStore[],
  ours: OurLock,
  stale: FoundLock | undefined,
  broken: FoundLock[],
): Promise<{ readonly taken: readonly LockStore[]; readonly outcome: AcquireOutcome }> {
  for (const [i, store] of order.entries()) {
    const outcome = await store.acquire(ours, stale);
    if (outcome.kind !== 'held') return { taken: order.slice(0, i), outcome };
    broken.push(...outcome.broken);
  }
  return { taken: order, outcome: { kind: 'held', broken } };
}

/** When a holder has both stores, the item says more: whether it still lives. */
async function withSignOfLife(stores: readonly LockStore[], lock: FoundLock): Promise<AcquireOutcome> {
  if (lock.store === 'item' || stores.length === 1) return { kind: 'conflict', lock };
  const item = await stores.at(-1)?.read();
  return { kind: 'conflict', lock: item?.holder.raw === lock.holder.raw ? (item ?? lock) : lock };
}

/** Frees the stores taken before one that could not be taken. `stays` names the lock if it can't be freed. */
async function giveBack(
  backend: Backend,
  taken: readonly LockStore[],
  { info }: OurLock,
  { outcome, stays }: { readonly outcome: AcquireOutcome; readonly stays: FoundLock['store'] },
): Promise<void> {
  try {
    await releaseAll(taken, info);
  } catch (cause) {
    if (cause instanceof AwsError && cause.kind === 'aborted') throw cause;
    const holder = outcome.kind === 'conflict' ? outcome.lock.holder : undefined;
    throw new StateError({ reason: 'rollback_failed', stays, freed: false, holder, info, cause }, backend);
  }
}

async function findOtherHolder(
  stores: readonly LockStore[],
  info: string,
): Promise<{ readonly holder: LockHolder | undefined } | undefined> {
  const found = await Promise.all(stores.map((store) => store.read()));
  const lost = found.filter((lock) => lock?.holder.raw !== info);
  if (lost.length === 0) return undefined;
  return { holder: lost.find((lock) => lock !== undefined)?.holder };
}

/** In parallel, so a store that hangs does not use up the other's time. */
async function releaseAll(stores: readonly LockStore[], info: string): Promise<ReleaseOutcome> {
  const ends = await Promise.allSettled(stores.map((store) => store.release(info)));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return sumUp(ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])));
}

/**
 * The combined result for a lock in several stores. A store that was already free does not matter if another was ours.
 */
export function sumUp(outcomes: readonly ReleaseOutcome[]): ReleaseOutcome {
  return (
    outcomes.find(({ kind }) => kind === 'taken') ??
    outcomes.find(({ kind }) => kind === 'released') ?? { kind: 'gone' }
  );
}
