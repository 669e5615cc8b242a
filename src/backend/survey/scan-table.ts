import { type AttributeValue, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Aws } from '../../aws/aws.ts';
import type { FoundLock } from '../lock/lock-store.ts';
import { foundItem } from '../lock/lock-table.ts';

/** An item of a lock table, with the key of its state. */
export type TableRow =
  | { readonly kind: 'lock'; readonly objectKey: string; readonly lock: FoundLock }
  | { readonly kind: 'digest'; readonly objectKey: string; readonly digest: ScannedDigest };

/** A digest item's text, whether it is a digest or not, and the one that a holder announced beside it. */
export interface ScannedDigest {
  readonly stored: string | undefined;
  readonly next: string | undefined;
}

/** Which items to find: those of the states in a bucket whose keys have this prefix. */
export interface TableScan {
  readonly table: string;
  readonly bucket: string;
  readonly prefix: string;
}

const DIGEST = '-md5';
const PROJECTION = 'LockID, Info, Digest, NextDigest, Heartbeat, HeartbeatSeconds';

/**
 * The locks and digests in a table, one megabyte at a time, in no order. Each lock includes everything that the
 * condition of its delete compares. Errors: AwsError.
 */
export async function* scanTable(aws: Aws, scan: TableScan): AsyncGenerator<readonly TableRow[], void> {
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await scanPage(aws, scan, start);
    yield (page.Items ?? []).flatMap((item) => toRow(item, scan) ?? []);
    const next = page.LastEvaluatedKey;
    // A store that returns the same page again would make this loop endless.
    start = next?.LockID?.S === start?.LockID?.S ? undefined : next;
  } while (start !== undefined);
}

async function scanPage(
  aws: Aws,
  { table, bucket, prefix }: TableScan,
  start: Record<string, AttributeValue> | undefined,
): Promise<ScanCommandOutput> {
  const command = new ScanCommand({
    TableName: table,
    ConsistentRead: true,
    ProjectionExpression: PROJECTION,
    FilterExpression: 'begins_with(LockID, :prefix)',
    ExpressionAttributeValues: { ':prefix': { S: `${bucket}/${prefix}` } },
    ExclusiveStartKey: start,
  });
  return await aws.call({ api: 'dynamodb:Scan', resource: `table ${table}` }, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
}

/** The lock of a state whose key ends like a digest's is recognized by its info. */
function toRow(item: Record<string, AttributeValue>, { bucket }: TableScan): TableRow | undefined {
  const path = item.LockID?.S;
  if (path === undefined) return undefined;
  const objectKey = path.slice(bucket.length + 1);
  if (item.Info === undefined && path.endsWith(DIGEST)) {
    const digest = { stored: item.Digest?.S, next: item.NextDigest?.S };
    return { kind: 'digest', objectKey: objectKey.slice(0, -DIGEST.length), digest };
  }
  return { kind: 'lock', objectKey, lock: foundItem(item) };
}
