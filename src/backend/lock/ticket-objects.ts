import { createHash } from 'node:crypto';
import type { S3Part } from '../../aws/s3.ts';
import { queueFolder } from '../address.ts';
import { deleteObject } from '../objects/delete-object.ts';
import { keysOfPage, listPage } from '../objects/list-objects.ts';
import { describeRequested, tagging, writeHeaders } from '../objects/object-headers.ts';
import type { Backend } from '../settings.ts';
import { traceWrite, type WriteTrace } from '../write-trace.ts';
import { TICKET_CALL_MS, type Ticket, type TicketStore } from './lock-queue.ts';

/** How often a renewal writes the object. In between, a renewal only lists the tickets, which leaves no versions. */
const WRITE_EVERY_MS = 15_000;

/** `<seconds since the epoch>-<id>`. */
const NAME = /^(\d+)-([0-9a-z]+)$/;

/**
 * The tickets of a lock as objects beside its state. Each waiter has an object, named by the time at which it joined. The
 * time at which S3 last stored the object is its beat. No request has a condition, because not every store honours one.
 */
export function ticketObjects(backend: Backend): TicketStore {
  const trace: WriteTrace = { mayBeOurs: false };
  let writtenAt: number | undefined;
  return {
    mayHaveTicket: () => trace.mayBeOurs,
    renew: async (ours, now, tryForMs) => {
      if (writtenAt === undefined || now - writtenAt >= WRITE_EVERY_MS) {
        await traceWrite(trace, () => putTicket(backend, ours, tryForMs));
        writtenAt = now;
      }
      const tickets = await listTickets(backend, tryForMs);
      // Somebody took us for dead, so the next renewal writes our ticket again.
      if (!tickets.some(({ id }) => id === ours.id)) writtenAt = undefined;
      return tickets;
    },
    // If the waiter is alive after all, it writes its ticket again under the same name.
    removeUnchanged: (ticket) => deleteTicket(backend, ticket),
    remove: async (id) => {
      writtenAt = undefined;
      const tickets = await listTickets(backend, TICKET_CALL_MS);
      const found = tickets.filter((ticket) => ticket.id === id);
      await Promise.all(found.map((ticket) => deleteTicket(backend, ticket)));
      trace.mayBeOurs = false;
    },
  };
}

function ticketKey({ address }: Backend, { id, joinedAt }: Ticket): string {
  return `${queueFolder(address)}${joinedAt}-${id}`;
}

async function putTicket(backend: Backend, ticket: Ticket, tryForMs: number): Promise<void> {
  const { aws, objects, address } = backend;
  const key = ticketKey(backend, ticket);
  const body = ticket.id;
  const build = ({ PutObjectCommand }: S3Part) =>
    new PutObjectCommand({
      Bucket: address.bucket,
      Key: key,
      ...writeHeaders(objects),
      ...tagging(objects.lockTags),
      Body: body,
      ContentMD5: createHash('md5').update(body).digest('base64'),
    });
  const resource = `s3://${address.bucket}/${key}`;
  const asked = describeRequested(objects);
  const call = { api: 's3:PutObject', resource, asked, tryForMs };
  await aws.call(call, (abortSignal) => aws.s3.send(build, { abortSignal }));
}

function deleteTicket(backend: Backend, ticket: Ticket): Promise<void> {
  return deleteObject(backend, ticketKey(backend, ticket), { tryForMs: TICKET_CALL_MS });
}

/** The first thousand tickets: those of the longest waiters. */
async function listTickets(backend: Backend, tryForMs: number): Promise<Ticket[]> {
  const folder = queueFolder(backend.address);
  const page = await listPage(backend, folder, {}, { tryForMs });
  const keys = keysOfPage(page);
  return (page.Contents ?? []).flatMap(({ LastModified }, i) => {
    const [, joined, id] = NAME.exec((keys[i] ?? '').slice(folder.length)) ?? [];
    if (joined === undefined || id === undefined) return [];
    return [{ id, joinedAt: Number(joined), beat: String(LastModified?.getTime()) }];
  });
}
