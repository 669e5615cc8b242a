import { GetItemCommand, PutItemCommand, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Aws } from '../../aws/aws.ts';
import { AwsError } from '../../aws/errors.ts';

/**
 * What the table says of a state's MD5 (docs/protocol.md#digest-check). `unusable`: an item without 32 hex digits, which Terraform
 * accepts as no digest. `stored` is the text as it stands in the item. `unreadable`: the table could not be asked, which Terraform accepts too.
 */
export type StoredDigest =
  | {
      readonly kind: 'valid';
      readonly md5: string;
      readonly stored: string;
      /** MD5 of the object that a holder of the lock was about to store: see `announceDigest`. */
      readonly next: string | undefined;
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly stored: string | undefined }
  | { readonly kind: 'unreadable'; readonly error: AwsError };

/** One that can be compared with what is there later. */
export type ReadDigest = Exclude<StoredDigest, { kind: 'unreadable' }>;

const MD5_HEX = /^[0-9a-f]{32}$/i;

/** Reads the digest item, consistently. An access or table error is a result, an abort is thrown. */
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

/** The text of the item, whether it is a digest or not. Pure. */
export function storedText(digest: StoredDigest): string | undefined {
  return 'stored' in digest ? digest.stored : undefined;
}

/** The digest item's write, as Terraform makes it: the whole item is replaced (docs/protocol.md#writing). */
export function digestPut(table: string, digestPath: string, md5: string) {
  return { TableName: table, Item: { LockID: { S: digestPath }, Digest: { S: md5 } } };
}

/**
 * Writes the digest if the item is still as it was read, so that whoever wrote theirs in the meantime keeps it. False:
 * it is another by now. Errors: AwsError.
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
    // Our own write may have been made, and its answer lost.
    const now = await readDigest(aws, table, digestPath);
    return now.kind === 'valid' && now.md5 === md5;
  }
}

/**
 * Writes beside the digest `over` which one comes next, before its object is stored. Terraform reads and minds no such
 * attribute, and its own write of the digest removes it. Whoever finds the object without its digest so has a proof of
 * what it is to be that is in the table: nobody can forge it who can write the bucket only.
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

/** Whether a digest can be announced over this text of the item: one that nobody compares with needs no repair. Pure. */
export function isDigest(text: string | undefined): text is string {
  return text !== undefined && MD5_HEX.test(text);
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
