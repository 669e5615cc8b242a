import { AwsError } from '../../aws/errors.ts';
import type { LockHolder } from '../records/lock-info.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import { lockFile } from './lock-file.ts';
import type { AcquireOutcome, FoundLock, LockStore, OurLock, ReleaseOutcome } from './lock-store.ts';
import { isOurs, lockTable } from './lock-table.ts';

/** The lock of one state in all the stores that its backend is configured for. */
export interface StateLock {
  /**
   * Takes every store in turn; where one is held by somebody else, those before it are given back (docs/protocol.md#both-locks). `stale`
   * is taken over, in both stores if it is in both. Errors: AwsError, after which any store may be ours, for
   * `release` to free; StateErrors `rollback_failed` and `no_conditional_writes`.
   */
  acquire(ours: OurLock, stale?: FoundLock): Promise<AcquireOutcome>;
  /** The stale locks that `acquire` took over so far, also where it then had to give them back. */
  readonly broken: readonly FoundLock[];
  /** The locks that there are, in Terraform's order. */
  read(): Promise<FoundLock[]>;
  /** Who holds the lock in our stead, if anybody; undefined while it is ours in every store. */
  findOtherHolder(info: string): Promise<{ readonly holder: LockHolder | undefined } | undefined>;
  /** Frees every store, each one attempted, on the condition that it is ours. Errors: the first AwsError. */
  release(info: string): Promise<ReleaseOutcome>;
  /** Whether `acquire` may have left any store ours. */
  mayBeOurs(): boolean;
  /** Frees what `acquire` may have left ours, and asks nothing of the other stores. Errors: the first AwsError. */
  giveBack(info: string): Promise<ReleaseOutcome>;
  /** Frees one store if its lock is still what was found. */
  remove(found: FoundLock): Promise<ReleaseOutcome>;
}

/**
 * The lock that the backend's settings ask for: the lock file, the lock item, or the file and then the item, as in
 * Terraform (docs/protocol.md#both-locks). Undefined where neither is configured.
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
    remove: async (found) => {
      if (found.store === 'file') return await lockFile(backend).remove(found);
      const [item] = listLockStores({ ...backend, useLockfile: false });
      return item === undefined ? { kind: 'gone' } : await item.remove(found);
    },
  };
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
  // Where somebody was in the way of a store that we had taken: the next try looks there before it takes that one in
  // vain again, which in a bucket with versions leaves two of them each time.
  let blocked: LockStore | undefined;
  return async (ours, stale) => {
    const lock = await blocked?.read();
    if (lock !== undefined && lock.holder.raw !== stale?.holder.raw && !isOurs(lock.holder, ours)) {
      return await withSignOfLife(stores, lock);
    }
    // A heartbeat is on the item alone, so that it decides first whether a lock is still the stale one.
    const order = stale?.store === 'item' ? stores.toReversed() : stores;
    const { taken, outcome } = await takeInOrder(order, ours, stale, broken);
    if (outcome.kind === 'held') return outcome;
    blocked = taken.length === 0 ? undefined : order[taken.length];
    await giveBack(backend, taken, ours, { outcome, stays: order === stores ? 'file' : 'item' });
    return outcome.kind === 'conflict' ? await withSignOfLife(stores, outcome.lock) : outcome;
  };
}

/** Takes stores up to the first that is held by somebody else. What is taken over goes to `broken`. */
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

/** Of a holder in both stores the item tells more: whether it still lives. */
async function withSignOfLife(stores: readonly LockStore[], lock: FoundLock): Promise<AcquireOutcome> {
  if (lock.store === 'item' || stores.length === 1) return { kind: 'conflict', lock };
  const item = await stores.at(-1)?.read();
  return { kind: 'conflict', lock: item?.holder.raw === lock.holder.raw ? (item ?? lock) : lock };
}

/** Frees what was taken before a store that could not be; `stays` names it in case it can't be freed. */
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

/** Side by side, so that a store that hangs does not use up the time of the other. */
async function releaseAll(stores: readonly LockStore[], info: string): Promise<ReleaseOutcome> {
  const ends = await Promise.allSettled(stores.map((store) => store.release(info)));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return sumUp(ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : [])));
}

/** What became of a lock in several stores. One that was free already does not matter while another was ours. */
export function sumUp(outcomes: readonly ReleaseOutcome[]): ReleaseOutcome {
  return (
    outcomes.find(({ kind }) => kind === 'taken') ??
    outcomes.find(({ kind }) => kind === 'released') ?? { kind: 'gone' }
  );
}
