import { createHash } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { isOtherKind } from '../../aws/arns.ts';
import { isAwsEndpoint } from '../../aws/aws-endpoints.ts';
import { AwsError, type AwsErrorKind } from '../../aws/errors.ts';
import type { S3Part } from '../../aws/s3.ts';
import { writeHeaders } from '../objects/object-headers.ts';
import type { Backend } from '../settings.ts';

/** The stores that may be probed: only AWS itself, which is known to honour the conditions of writes. */
export interface ProbedStores {
  readonly s3: boolean;
  readonly dynamodb: boolean;
}

/** Other stores, some of which ignore conditions, are not probed. Neither are other kinds of buckets. Pure. */
export function probedStores({ endpoints, address: { bucket } }: Backend): ProbedStores {
  return {
    s3: isAwsEndpoint(endpoints.s3) && !isOtherKind(bucket) && !bucket.endsWith('--ol-s3'),
    dynamodb: isAwsEndpoint(endpoints.dynamodb),
  };
}

/** Can't be true: an item either exists or not. */
const NEVER = 'attribute_exists(LockID) AND attribute_not_exists(LockID)';
/** S3's ETags are hexadecimal. */
const NO_ETAG = '"no-object-has-this-etag"';
const BODY = 'never stored';
/** The MD5 of another text. S3 refuses a body with a wrong MD5 even if it ignores the condition. */
const WRONG_MD5 = createHash('md5').update('another text').digest('base64');

/**
 * Tests the permission to put an item with a put whose condition can't be true. AWS checks the permission first.
 * Nothing is written. Errors: AwsError of the refusal.
 */
export async function probePutItem(backend: Backend, table: string, id: string): Promise<void> {
  const { aws } = backend;
  const command = new PutItemCommand({
    TableName: table,
    Item: { LockID: { S: id } },
    ConditionExpression: NEVER,
  });
  await expectRefusal(['conditional_check_failed'], () =>
    aws.call({ api: 'dynamodb:PutItem', resource: `table ${table}` }, (abortSignal) =>
      aws.dynamodb.send(command, { abortSignal }),
    ),
  );
}

/** The same test for deleting an item. */
export async function probeDeleteItem(backend: Backend, table: string, id: string): Promise<void> {
  const { aws } = backend;
  const command = new DeleteItemCommand({
    TableName: table,
    Key: { LockID: { S: id } },
    ConditionExpression: NEVER,
  });
  await expectRefusal(['conditional_check_failed'], () =>
    aws.call({ api: 'dynamodb:DeleteItem', resource: `table ${table}` }, (abortSignal) =>
      aws.dynamodb.send(command, { abortSignal }),
    ),
  );
}

/**
 * The same test for putting an object the way a state is put: with an ETag that no object has as the condition, and the
 * MD5 of another body. Either alone keeps anything from being stored. S3 answers 412, 404 when there is no object, or
 * `BadDigest`.
 */
export async function probePutObject(backend: Backend, key: string): Promise<void> {
  const { aws, address, objects } = backend;
  const input = { Bucket: address.bucket, Key: key, ...writeHeaders(objects), IfMatch: NO_ETAG };
  const build = ({ PutObjectCommand }: S3Part) =>
    new PutObjectCommand({ ...input, Body: BODY, ContentMD5: WRONG_MD5 });
  await expectRefusal(['precondition_failed', 'no_such_key'], () =>
    aws.call({ api: 's3:PutObject', resource: `s3://${address.bucket}/${key}` }, (abortSignal) =>
      aws.s3.send(build, { abortSignal }),
    ),
  );
}

async function expectRefusal(kinds: readonly AwsErrorKind[], send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    const isExpected =
      error instanceof AwsError && (kinds.includes(error.kind) || error.failure.code === 'BadDigest');
    if (isExpected) return;
    throw error;
  }
  throw new Error('a write was accepted whose condition nothing can fulfil');
}
