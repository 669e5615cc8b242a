import {
  DeleteItemCommand,
  type DeleteItemCommandInput,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Aws } from '../../aws/aws.ts';
import { AwsError } from '../../aws/errors.ts';

/**
 * What the table says about a state's MD5 (docs/protocol.md#digest-check). `unusable`: an item without 32 hex digits,
 * which Terraform treats as no digest. `stored` is the text in the item. `unreadable`: the table could not be read,
 * which Terraform accepts too.
 */
export type StoredDigest =
  | {
      readonly kind: 'valid';
      readonly md5: string;
      readonly stored: string;
      /** The MD5 of the object that a lock holder was about to store: see `announceDigest`. */
      readonly next: string | undefined;
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly stored: string | undefined }
  | { readonly kind: 'unreadable'; readonly error: AwsError };

/** A digest that can be compared with the item's later content. */
export type ReadDigest = Exclude<StoredDigest, { kind: 'unreadable' }>;

const MD5_HEX = /^[0-9a-f]{32}$/i;

/** Reads the digest item consistently. An access or table error is a result; an abort is thrown. */
export async function readDigest(aws: Aws, table: string, digestPath: string): Promise<StoredDigest> {
  const command = new GetItemCommand({
    TableName: table,
    Key: { LockID: { S: digestPath } },
    ConsistentRead: true,
    ProjectionExpression: 'LockID, Digest, NextDigest',
  });
  try {
    const { Item } = await aws.call({ api: 'dynamodb:GetItem', resource: `table ${table}` }, (abortSignal) =>
      aws.dynamodb.send(command, { abortSignal }),
    );
    if (Item === undefined) return { kind: 'absent' };
    const stored = Item.Digest?.S;
    return stored !== undefined && MD5_HEX.test(stored)
      ? { kind: 'valid', md5: stored.toLowerCase(), stored, next: Item.NextDigest?.S }
      : { kind: 'unusable', stored };
  } catch (error) {
    if (error instanceof AwsError && error.kind !== 'aborted') return { kind: 'unreadable', error };
    throw error;
  }
}

/** The same, but an access or table error is thrown. Errors: AwsError. */
export async function requireDigest(aws: Aws, table: string, digestPath: string): Promise<ReadDigest> {
  const digest = await readDigest(aws, table, digestPath);
  if (digest.kind === 'unreadable') throw digest.error;
  return digest;
}

/** The text of the item, whether it is a digest or not. Pure. */
export function storedText(digest: StoredDigest): string | undefined {
  return 'stored' in digest ? digest.stored : undefined;
}

/** The write of the digest item, in Terraform's way: it replaces the whole item (docs/protocol.md#writing). */
export function digestPut(table: string, digestPath: string, md5: string) {
  return { TableName: table, Item: { LockID: { S: digestPath }, Digest: { S: md5 } } };
}

/**
 * Writes the digest if the item has not changed since it was read, so another client's new digest is kept. False when
 * the item has changed. Errors: AwsError.
 */
export async function replaceDigest(
  aws: Aws,
  table: string,
  digestPath: string,
  before: ReadDigest,
  md5: string,
): Promise<boolean> {
  try {
    await putDigest(aws, table, { ...digestPut(table, digestPath, md5), ...isStill(before) });
    return true;
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== 'conditional_check_failed') throw error;
    // Our own write may have succeeded without an answer.
    const now = await readDigest(aws, table, digestPath);
    return now.kind === 'valid' && now.md5 === md5;
  }
}

/**
 * Adds the next digest to the item of the digest `over`, before the object is stored. Terraform ignores this attribute,
 * and its own write of the digest removes it. Whoever later finds the object without its digest has proof in the table
 * of what the object should be. Anybody who can write only to the bucket can't forge that proof.
 *
 * A push that ends in a conflict or with a lost lock leaves the attribute behind, and that is harmless: it counts only
 * for an object with exactly these bytes, which a holder of the lock meant to store. Another object is still a mismatch,
 * the next push announces its own digest over it, and whoever puts the rescue copy in the state's place by hand gets a
 * digest that fits. Clearing it would be one more call after a lost lock, when the item may be a successor's.
 *
 * Errors: AwsError, `conditional_check_failed` when the table has another digest.
 */
export async function announceDigest(
  aws: Aws,
  table: string,
  digestPath: string,
  over: string,
  next: string,
): Promise<void> {
  const { TableName, Item } = digestPut(table, digestPath, over);
  await putDigest(aws, table, {
    TableName,
    Item: { ...Item, NextDigest: { S: next } },
    ConditionExpression: 'Digest = :old',
    ExpressionAttributeValues: { ':old': { S: over } },
  });
}

/**
 * Whether a digest can be announced over this text of the item. A text that nobody compares with needs no repair. Pure.
 */
export function isDigest(text: string | undefined): text is string {
  return text !== undefined && MD5_HEX.test(text);
}

/** Removes the digest item, whatever it holds; none is no error. Errors: AwsError. */
export async function deleteDigest(aws: Aws, table: string, digestPath: string): Promise<void> {
  await sendDelete(aws, { TableName: table, Key: { LockID: { S: digestPath } } });
}

/**
 * Removes the digest item if it is still as it was read. False: it is another by now. Errors: AwsError.
 */
export async function deleteUnchangedDigest(
  aws: Aws,
  table: string,
  digestPath: string,
  before: ReadDigest,
): Promise<boolean> {
  if (before.kind === 'absent') return true;
  try {
    await sendDelete(aws, { TableName: table, Key: { LockID: { S: digestPath } }, ...isStill(before) });
    return true;
  } catch (error) {
    if (!(error instanceof AwsError) || error.kind !== 'conditional_check_failed') throw error;
    // Our own delete may have been made, and its answer lost.
    return (await readDigest(aws, table, digestPath)).kind === 'absent';
  }
}

async function sendDelete(aws: Aws, input: DeleteItemCommandInput): Promise<void> {
  const command = new DeleteItemCommand(input);
  await aws.call({ api: 'dynamodb:DeleteItem', resource: `table ${input.TableName}` }, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
}

async function putDigest(aws: Aws, table: string, input: PutItemCommandInput): Promise<void> {
  const command = new PutItemCommand(input);
  await aws.call({ api: 'dynamodb:PutItem', resource: `table ${table}` }, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
}

function isStill(before: ReadDigest): Partial<PutItemCommandInput> {
  if (before.kind === 'absent') return { ConditionExpression: 'attribute_not_exists(LockID)' };
  if (before.stored === undefined) {
    return { ConditionExpression: 'attribute_exists(LockID) AND attribute_not_exists(Digest)' };
  }
  const old = { ':old': { S: before.stored } };
  const next = before.kind === 'valid' ? before.next : undefined;
  if (next === undefined) {
    return {
      ConditionExpression: 'Digest = :old AND attribute_not_exists(NextDigest)',
      ExpressionAttributeValues: old,
    };
  }
  return {
    ConditionExpression: 'Digest = :old AND NextDigest = :next',
    ExpressionAttributeValues: { ...old, ':next': { S: next } },
  };
}
