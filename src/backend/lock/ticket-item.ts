import {
  type AttributeValue,
  DeleteItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Aws } from '../../aws/aws.ts';
import { AwsError } from '../../aws/errors.ts';
import { traceWrite, type WriteTrace } from '../write-trace.ts';
import { TICKET_CALL_MS, type Ticket, type TicketStore } from './lock-queue.ts';

/** Where the tickets of a lock are stored. */
export interface TicketItemScope {
  readonly aws: Aws;
  readonly table: string;
  /** `LockID` of the queue item. */
  readonly path: string;
}

/** A change of the item, and its condition. */
type Update = Pick<
  UpdateItemCommandInput,
  'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'
>;

/**
 * The tickets of a lock as one item in its table. Each waiter has an attribute with a counter and the second in which it
 * joined. One request renews a ticket and reads all others. The last waiter deletes the item.
 */
export function ticketItem(item: TicketItemScope): TicketStore {
  const trace: WriteTrace = { mayBeOurs: false };
  return {
    mayHaveTicket: () => trace.mayBeOurs,
    renew: async (ours, _now, tryForMs) => {
      const update = {
        UpdateExpression: 'SET #ticket = :ticket',
        ExpressionAttributeValues: { ':ticket': toAttribute(ours) },
      };
      return parseTickets(await traceWrite(trace, () => updateItem(item, ours.id, update, tryForMs)));
    },
    removeUnchanged: async (ticket) => {
      const update = {
        UpdateExpression: 'REMOVE #ticket',
        ConditionExpression: '#ticket = :ticket',
        ExpressionAttributeValues: { ':ticket': toAttribute(ticket) },
      };
      await unlessRefused(updateItem(item, ticket.id, update));
    },
    remove: async (id) => {
      const update = {
        UpdateExpression: 'REMOVE #ticket',
        ConditionExpression: 'attribute_exists(#ticket)',
      };
      const left = await unlessRefused(updateItem(item, id, update));
      trace.mayBeOurs = false;
      // If somebody joins in between, their next renewal writes the ticket again, with the time at which they joined.
      if (left !== undefined && parseTickets(left).length === 0) await deleteItem(item);
    },
  };
}

/** Returns the item after the change. */
async function updateItem(
  { aws, table, path }: TicketItemScope,
  id: string,
  update: Update,
  tryForMs: number = TICKET_CALL_MS,
): Promise<Readonly<Record<string, AttributeValue>>> {
  const command = new UpdateItemCommand({
    TableName: table,
    Key: { LockID: { S: path } },
    ExpressionAttributeNames: { '#ticket': id },
    ReturnValues: 'ALL_NEW',
    ...update,
  });
  const call = { api: 'dynamodb:UpdateItem', resource: `table ${table}`, tryForMs };
  const { Attributes = {} } = await aws.call(call, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
  return Attributes;
}

async function deleteItem({ aws, table, path }: TicketItemScope): Promise<void> {
  const command = new DeleteItemCommand({ TableName: table, Key: { LockID: { S: path } } });
  const call = { api: 'dynamodb:DeleteItem', resource: `table ${table}`, tryForMs: TICKET_CALL_MS };
  await aws.call(call, (abortSignal) => aws.dynamodb.send(command, { abortSignal }));
}

/** Undefined when the condition did not hold, because the ticket has changed or is gone. */
async function unlessRefused<T>(update: Promise<T>): Promise<T | undefined> {
  try {
    return await update;
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'conditional_check_failed') return undefined;
    throw error;
  }
}

function toAttribute({ joinedAt, beat }: Ticket): AttributeValue {
  return { L: [{ N: String(joinedAt) }, { N: beat }] };
}

const noValues: readonly AttributeValue[] = [];

/** All attributes that are tickets. Others are ignored. */
function parseTickets(item: Readonly<Record<string, AttributeValue>>): Ticket[] {
  return Object.entries(item).flatMap(([id, { L: [joined, beat] = noValues }]) => {
    if (joined?.N === undefined || beat?.N === undefined) return [];
    return [{ id, joinedAt: Number(joined.N), beat: beat.N }];
  });
}
