import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Aws } from '../../aws/aws.ts';
import { AwsError } from '../../aws/errors.ts';

/**
 * What the table says of a state's MD5 (docs/protocol.md#digest-check). `unusable`: an item without 32 hex digits, which Terraform
 * accepts as no digest. `stored` is the text as it stands in the item. `unreadable`: the table could not be asked, which Terraform accepts too.
 */
export type StoredDigest =
  | { readonly kind: 'valid'; readonly md5: string; readonly stored: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly stored: string | undefined }
  | { readonly kind: 'unreadable'; readonly error: AwsError };

const MD5_HEX = /^[0-9a-f]{32}$/i;

/** Reads the digest item, consistently. An access or table error is a result, an abort is thrown. */
export async function readDigest(aws: Aws, table: string, digestPath: string): Promise<StoredDigest> {
  const command = new GetItemCommand({
    TableName: table,
    Key: { LockID: { S: digestPath } },
    ConsistentRead: true,
    ProjectionExpression: 'LockID, Digest',
  });
  try {
    const { Item } = await aws.call({ api: 'dynamodb:GetItem', resource: `table ${table}` }, (abortSignal) =>
      aws.dynamodb.send(command, { abortSignal }),
    );
    if (Item === undefined) return { kind: 'absent' };
    const stored = Item.Digest?.S;
    return stored !== undefined && MD5_HEX.test(stored)
      ? { kind: 'valid', md5: stored.toLowerCase(), stored }
      : { kind: 'unusable', stored };
  } catch (error) {
    if (error instanceof AwsError && error.kind !== 'aborted') return { kind: 'unreadable', error };
    throw error;
  }
}

/** The digest item's write, as Terraform makes it: the whole item is replaced (docs/protocol.md#writing). */
export function digestPut(table: string, digestPath: string, md5: string) {
  return { TableName: table, Item: { LockID: { S: digestPath }, Digest: { S: md5 } } };
}

/**
 * Writes the digest: always, or only over the digest that was there before (`over: undefined`: over none), so that
 * somebody who stored a newer state in the meantime keeps theirs; then the AwsError is `conditional_check_failed`.
 */
export async function writeDigest(
  aws: Aws,
  table: string,
  digestPath: string,
  md5: string,
  when: 'always' | { readonly over: string | undefined },
): Promise<void> {
  const command = new PutItemCommand({ ...digestPut(table, digestPath, md5), ...condition(when) });
  await aws.call({ api: 'dynamodb:PutItem', resource: `table ${table}` }, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
}

function condition(when: 'always' | { readonly over: string | undefined }) {
  if (when === 'always') return {};
  if (when.over === undefined) return { ConditionExpression: 'attribute_not_exists(LockID)' };
  return { ConditionExpression: 'Digest = :old', ExpressionAttributeValues: { ':old': { S: when.over } } };
}
