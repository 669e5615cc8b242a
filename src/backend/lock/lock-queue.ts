import { compareTexts } from '../../text/compare-texts.ts';
import type { OurLock } from './lock-store.ts';

/** The stored ticket of somebody who waits for a lock. */
export interface Ticket {
  /** The first part of the waiter's lock id. */
  readonly id: string;
  /** When the waiter joined the queue, in whole seconds since the epoch by the store's clock. */
  readonly joinedAt: number;
  /** Changes each time the waiter renews the ticket. */
  readonly beat: string;
}

/** The tickets of one lock. Errors of all calls: AwsError. */
export interface TicketStore {
  /**
   * Writes or renews our ticket, and returns all tickets of the lock. `now`: on the monotonic clock. `tryForMs`: how long
   * each call is retried.
   */
  renew(ours: Ticket, now: number, tryForMs: number): Promise<readonly Ticket[]>;
  /** Removes somebody's ticket, unless they have renewed it since we read it. */
  removeUnchanged(ticket: Ticket): Promise<void>;
  /** Removes the ticket with this id, if there is one. */
  remove(id: string): Promise<void>;
  /** Whether a ticket that `renew` wrote may exist. */
  mayHaveTicket(): boolean;
}

/**
 * The queue of those who wait for a lock, each with a ticket. The queue only orders their tries. The lock itself decides
 * who holds it. A wrong queue can cost somebody their turn, but can't let two hold the lock (docs/design.md#queue).
 * Errors of all calls: AwsError.
 */
export interface LockQueue {
  /**
   * Renews our ticket. The first call joins the queue. Returns how many live waiters are ahead of us. `now`: on the
   * monotonic clock. `withinMs`: for how long attempts are of use to the waiter.
   */
  countAhead(lock: Pick<OurLock, 'id'>, now: number, withinMs?: number): Promise<number>;
  /** Whether our ticket may exist. */
  mayBeIn(): boolean;
  /** Removes our ticket, if it may exist. */
  leave(): Promise<void>;
  /** Removes the ticket that another process of this job had for this lock. */
  removeTicket(lock: Pick<OurLock, 'id'>): Promise<void>;
}

/**
 * A waiter that doesn't renew its ticket for this long counts as dead. The watcher measures the time on its own clock. It is
 * more than twice the longest time between two renewals.
 */
export const DEAD_AFTER_MS = 45_000;

/**
 * How long a call about tickets is retried. A waiter without an answer waits outside the queue, and a ticket that stays
 * dies.
 */
export const TICKET_CALL_MS = 5_000;

/** Creates the queue of the lock that these tickets are for. `storeNow`: the store's clock, in ms since the epoch. */
export function lockQueue(tickets: TicketStore, storeNow: () => number): LockQueue {
  const beats = new Map<string, SeenBeat>();
  let ours: Ticket | undefined;
  let renewals = 0;
  const sweep = async (dead: readonly Ticket[]): Promise<void> => {
    await Promise.all(dead.map((ticket) => tickets.removeUnchanged(ticket)));
    for (const { id } of dead) beats.delete(id);
  };
  return {
    countAhead: async (lock, now, withinMs = TICKET_CALL_MS) => {
      renewals += 1;
      const joinedAt = ours?.joinedAt ?? Math.floor(storeNow() / 1000);
      const own: Ticket = { id: ticketId(lock), joinedAt, beat: String(renewals) };
      ours = own;
      const tryForMs = Math.min(TICKET_CALL_MS, withinMs);
      const others = (await tickets.renew(own, now, tryForMs)).filter(({ id }) => id !== own.id);
      noteBeats(beats, others, now);
      const dead = others.filter(({ id }) => isDead(beats.get(id), now));
      const ahead = countBefore(own, others) - countBefore(own, dead);
      // One waiter sweeps for all.
      if (ahead === 0) await sweep(dead);
      return ahead;
    },
    mayBeIn: () => tickets.mayHaveTicket(),
    leave: async () => {
      if (ours !== undefined && tickets.mayHaveTicket()) await tickets.remove(ours.id);
    },
    removeTicket: (lock) => tickets.remove(ticketId(lock)),
  };
}

/** A beat, and when we first saw it on the monotonic clock. */
interface SeenBeat {
  readonly beat: string;
  readonly since: number;
}

/** Short, because each renewal of the item is billed by the size of all its tickets. */
function ticketId({ id }: Pick<OurLock, 'id'>): string {
  return id.split('-', 1)[0] ?? id;
}

function noteBeats(beats: Map<string, SeenBeat>, tickets: readonly Ticket[], now: number): void {
  for (const { id, beat } of tickets) {
    if (beats.get(id)?.beat !== beat) beats.set(id, { beat, since: now });
  }
}

function isDead(seen: SeenBeat | undefined, now: number): boolean {
  return seen !== undefined && now - seen.since >= DEAD_AFTER_MS;
}

function countBefore(ours: Ticket, tickets: readonly Ticket[]): number {
  return tickets.filter((ticket) => compareTickets(ticket, ours) < 0).length;
}

/** Earlier waiters first. Waiters of the same second are ordered by their ids, so everybody sees the same order. */
function compareTickets(one: Ticket, other: Ticket): number {
  if (one.joinedAt !== other.joinedAt) return one.joinedAt - other.joinedAt;
  return compareTexts(one.id, other.id);
}
