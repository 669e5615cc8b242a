import { compareTexts } from '../../text/compare-texts.ts';
import type { OurLock } from './lock-store.ts';

/** The ticket of somebody who waits for a lock, as it is stored. */
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
  /** Writes or renews our ticket, and returns every ticket that there is. `now` on the monotonic clock. */
  renew(ours: Ticket, now: number): Promise<readonly Ticket[]>;
  /** Removes somebody's ticket unless they have renewed it since. */
  removeUnchanged(ticket: Ticket): Promise<void>;
  /** Removes a ticket by its id alone, if there is one. */
  remove(id: string): Promise<void>;
  /** Whether a ticket that `renew` wrote may be there. */
  mayHaveTicket(): boolean;
}

/**
 * The queue of those who wait for a lock, each with a ticket. It only orders the tries of those who take part: the lock itself decides who
 * holds it. So a queue that is wrong costs somebody their turn, and never lets two hold the lock (docs/design.md#queue).
 * Errors of all calls: AwsError.
 */
export interface LockQueue {
  /** Renews our ticket; the first call joins the queue. Returns how many live waiters are before us. `now` on the monotonic clock. */
  countAhead(lock: Pick<OurLock, 'id'>, now: number): Promise<number>;
  /** Whether there may be a ticket of ours. */
  mayBeIn(): boolean;
  /** Removes our ticket, if there may be one. */
  leave(): Promise<void>;
  /** Removes the ticket of a lock that another process of this job wanted. */
  removeTicket(lock: Pick<OurLock, 'id'>): Promise<void>;
}

/**
 * Whoever does not renew their ticket for so long is gone. It is measured on the watcher's own clock, and is more than twice the longest
 * time between two renewals.
 */
export const DEAD_AFTER_MS = 45_000;

/** A call about tickets is retried for no longer: whoever gets no answer waits without a queue, and a ticket that stays dies. */
export const TICKET_CALL_MS = 5_000;

/** Makes the queue of the lock whose tickets these are. `storeNow` as that of a connection. */
export function lockQueue(tickets: TicketStore, storeNow: () => number): LockQueue {
  const beats = new Map<string, SeenBeat>();
  let ours: Ticket | undefined;
  let renewals = 0;
  const sweep = async (dead: readonly Ticket[]): Promise<void> => {
    await Promise.all(dead.map((ticket) => tickets.removeUnchanged(ticket)));
    for (const { id } of dead) beats.delete(id);
  };
  return {
    countAhead: async (lock, now) => {
      renewals += 1;
      const joinedAt = ours?.joinedAt ?? Math.floor(storeNow() / 1000);
      const own: Ticket = { id: ticketId(lock), joinedAt, beat: String(renewals) };
      ours = own;
      const others = (await tickets.renew(own, now)).filter(({ id }) => id !== own.id);
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

/** A beat as we first saw it, on the monotonic clock. */
interface SeenBeat {
  readonly beat: string;
  readonly since: number;
}

/** Short, since every renewal of an item is charged for the tickets of all. */
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

/** Who came first; those of the same moment in the order of their ids, which is the same for all. */
function compareTickets(one: Ticket, other: Ticket): number {
  if (one.joinedAt !== other.joinedAt) return one.joinedAt - other.joinedAt;
  return compareTexts(one.id, other.id);
}
