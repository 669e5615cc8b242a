import { type AwsError, toAwsError } from '../../src/aws/errors.ts';
import { lockQueue, type Ticket, type TicketStore } from '../../src/backend/lock/lock-queue.ts';
import type { AcquireOutcome, FoundLock } from '../../src/backend/lock/lock-store.ts';
import { waitForLock } from '../../src/backend/lock/wait-for-lock.ts';
import type { WaitQueue } from '../../src/backend/lock/wait-in-queue.ts';
import { parseLockHolder } from '../../src/backend/records/lock-info.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

/** One job's wait for a lock, in ms of one clock. */
export interface Wait {
  readonly beganAt: number;
  readonly gotAt: number;
  /** Requests of all kinds while it waited: tries, renewals of its ticket, looks. */
  readonly requests: number;
  /** How often somebody else took the lock while it waited. */
  readonly handOvers: number;
}

/** A job that wants a lock, in ms of one clock. */
export interface Wanted {
  /** When it begins to wait. */
  readonly from: number;
  /** How long it holds the lock. */
  readonly holdMs: number;
  /** When it dies if it still waits then: it sends nothing more, and leaves its ticket. */
  readonly diesAt?: number;
  /** Whether it may not write tickets. */
  readonly isDenied?: boolean;
}

/** The outcome of many waits for one lock. */
export interface Rush {
  /** In the order of their takes. */
  readonly waits: readonly Wait[];
  /** From each release to the next take, or from the start, in ms. */
  readonly gaps: readonly number[];
  /** Tickets that are left at the end. */
  readonly tickets: readonly string[];
}

const A_MINUTE_MS = 60_000;
const A_DAY_MS = 86_400_000;

/** The lock that they all want. */
interface OneLock {
  holder: number | undefined;
  freedAt: number;
  takes: number;
}

/**
 * Lets them all wait for one lock, in the time of a fake clock: nothing but how we wait decides who gets it. Those who are refused or dead
 * take part as they would.
 */
export async function simulateRush(wanted: readonly Wanted[], random: () => number): Promise<Rush> {
  const clock = createFakeClock();
  const tickets = ticketsInMemory();
  const lock: OneLock = { holder: undefined, freedAt: 0, takes: 0 };
  const waits: Wait[] = [];
  const gaps: number[] = [];
  const { signal } = new AbortController();
  const takeTurn = async (who: number, one: Wanted): Promise<void> => {
    await clock.sleep(one.from, signal);
    const takesBefore = lock.takes;
    const { isHeld, requests } = await waitAs(who, one, { clock, lock, tickets, random });
    if (!isHeld) return;
    const gotAt = clock.monotonic();
    waits.push({ beganAt: one.from, gotAt, requests, handOvers: lock.takes - takesBefore - 1 });
    gaps.push(gotAt - lock.freedAt);
    await clock.sleep(one.holdMs, signal);
    lock.holder = undefined;
    lock.freedAt = clock.monotonic();
  };
  let running = wanted.length;
  const all = Promise.all(wanted.map((one, who) => takeTurn(who, one).finally(() => (running -= 1))));
  while (running > 0) await clock.advance(A_MINUTE_MS);
  await all;
  return { waits, gaps, tickets: [...tickets.keys()] };
}

interface RushWorld {
  readonly clock: FakeClock;
  readonly lock: OneLock;
  readonly tickets: Map<string, Ticket>;
  readonly random: () => number;
}

/** Waits as a hold does, until it has the lock or dies. */
async function waitAs(
  who: number,
  { diesAt, isDenied = false }: Wanted,
  { clock, lock, tickets, random }: RushWorld,
): Promise<{ readonly isHeld: boolean; readonly requests: number }> {
  const death = new AbortController();
  if (diesAt !== undefined) {
    void clock.sleep(diesAt - clock.monotonic(), death.signal).then(() => death.abort(new Error('died')));
  }
  let requests = 0;
  const count = (): void => {
    death.signal.throwIfAborted();
    requests += 1;
  };
  const tryAcquire = async (): Promise<AcquireOutcome> => {
    count();
    if (lock.holder !== undefined) return { kind: 'conflict', lock: heldBy(lock.holder) };
    lock.holder = who;
    lock.takes += 1;
    return { kind: 'held', broken: [] };
  };
  const queue = lockQueue(storeFor(tickets, count, isDenied), clock.now);
  const ours = { id: `${who.toString(16).padStart(8, '0')}-0000` };
  const waitQueue: WaitQueue = {
    countAhead: () => queue.countAhead(ours, clock.monotonic()),
    look: async () => {
      count();
      return lock.holder === undefined ? undefined : heldBy(lock.holder);
    },
    onRefused: () => {},
  };
  const decide = () => ({ kind: 'wait' }) as const;
  const times = { timeoutMs: A_DAY_MS, clock, signal: death.signal, random };
  try {
    await waitForLock({ tryAcquire, decide, ...times, onWaiting: () => {}, queue: waitQueue });
  } catch (error) {
    if (!death.signal.aborted) throw error;
    return { isHeld: false, requests };
  }
  await queue.leave();
  return { isHeld: true, requests };
}

function heldBy(who: number): FoundLock {
  const holder = parseLockHolder(JSON.stringify({ ID: String(who) }));
  return { store: 'file', holder, heartbeat: undefined, etag: undefined };
}

function ticketsInMemory(): Map<string, Ticket> {
  return new Map();
}

/** The tickets as one waiter reaches them; `count` is told each request. */
function storeFor(tickets: Map<string, Ticket>, count: () => void, isDenied: boolean): TicketStore {
  let hasTicket = false;
  return {
    mayHaveTicket: () => hasTicket,
    renew: async (ours) => {
      count();
      if (isDenied) throw denied();
      hasTicket = true;
      tickets.set(ours.id, ours);
      return [...tickets.values()];
    },
    removeUnchanged: async ({ id, beat }) => {
      count();
      if (tickets.get(id)?.beat === beat) tickets.delete(id);
    },
    remove: async (id) => {
      count();
      tickets.delete(id);
    },
  };
}

function denied(): AwsError {
  const context = { api: 'dynamodb:UpdateItem', resource: 'table locks', principal: undefined, region: 'r' };
  const call = { endpoint: undefined, identity: undefined, attempts: 1, aborted: false, now: 0 };
  return toAwsError(Object.assign(new Error('no'), { name: 'AccessDeniedException' }), {
    ...context,
    ...call,
  });
}

/**
 * For each wait, the hand-overs that it lost to newcomers: how often the lock went, while it waited, to somebody
 * who had started to wait more than `leadMs` after it. Pure.
 */
export function countOvertaken(waits: readonly Pick<Wait, 'beganAt' | 'gotAt'>[], leadMs: number): number[] {
  return waits.map(
    ({ beganAt, gotAt }) =>
      waits.filter((other) => other.beganAt > beganAt + leadMs && other.gotAt < gotAt).length,
  );
}

/** The most requests a minute of any of these waits, of those that lasted a minute; 0: none did. Pure. */
export function findHighestRate(waits: readonly Wait[]): number {
  const long = waits.filter(({ beganAt, gotAt }) => gotAt - beganAt >= A_MINUTE_MS);
  return Math.max(
    0,
    ...long.map(({ beganAt, gotAt, requests }) => (requests * A_MINUTE_MS) / (gotAt - beganAt)),
  );
}

/** What a waiter may send, by the time it waited in ms and by the hand-overs that it lost (docs/locking.md#waiting-for-the-lock). Pure. */
export function requestLimit(waitedMs: number, lost: number): number {
  return 500 + 400 * (1 + lost) + (70 * waitedMs) / A_MINUTE_MS;
}
