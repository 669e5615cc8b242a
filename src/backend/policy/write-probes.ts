import { createHash } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { isOtherKind } from '../../aws/arns.ts';
import { isAwsEndpoint } from '../../aws/clients.ts';
import { AwsError, type AwsErrorKind } from '../../aws/errors.ts';
import { writeHeaders } from '../objects/object-headers.ts';
import type { Backend } from '../settings.ts';

/** Whose store may be asked: AWS itself, which is known to honour the conditions of writes. */
export interface ProbedStores {
  readonly s3: boolean;
  readonly dynamodb: boolean;
}

/** Other stores, some of which ignore conditions, are asked nothing, and neither are buckets of another kind. Pure. */
export function probedStores({ endpoints, address: { bucket } }: Backend): ProbedStores {
  return {
    s3: isAwsEndpoint(endpoints.s3) && !isOtherKind(bucket) && !bucket.endsWith('--ol-s3'),
    dynamodb: isAwsEndpoint(endpoints.dynamodb),
  };
}

/** An item is either there or not. */
const NEVER = 'attribute_exists(LockID) AND attribute_not_exists(LockID)';
/** ETags of S3 are in hex. */
const NO_ETAG = '"no-object-has-this-etag"';
const BODY = 'never stored';
/** Of another text: a body that does not have it is refused as well, whatever becomes of the condition. */
const WRONG_MD5 = createHash('md5').update('another text').digest('base64');

/**
 * Asks for the permission to put an item, by a put on a condition that nothing can fulfil: AWS looks at the permission
 * first. Nothing is written. Errors: AwsError of the refusal.
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

/** The same for deleting an item. */
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
 * The same for putting an object, as a state is put: on the condition of an ETag that no object has, and with the MD5 of
 * another body. For either alone nothing can be stored. S3 answers 412, 404 where there is no object, or `BadDigest`.
 */
export async function probePutObject(backend: Backend, key: string): Promise<void> {
  const { aws, address, objects } = backend;
  const input = { Bucket: address.bucket, Key: key, ...writeHeaders(objects), IfMatch: NO_ETAG };
  const command = new PutObjectCommand({ ...input, Body: BODY, ContentMD5: WRONG_MD5 });
  await expectRefusal(['precondition_failed', 'no_such_key'], () =>
    aws.call({ api: 's3:PutObject', resource: `s3://${address.bucket}/${key}` }, (abortSignal) =>
      aws.s3.send(command, { abortSignal }),
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
