import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { publishedOutputsKey } from '../address.ts';
import type { HeldLock } from '../lock/held-lock.ts';
import type { Backend } from '../settings.ts';

/**
 * Removes everything that makes up a state, under its lock. The digest goes first, because a state without a digest is
 * valid, but a digest without a state is an error for every reader. Then come the object and its published outputs.
 * Missing parts are no error. A versioned bucket keeps the versions.
 *
 * Errors: StateError `lock_lost`, before anything was removed; AwsError.
 */
export async function deleteState(backend: Backend, held: HeldLock | undefined): Promise<void> {
  await held?.verify();
  await deleteDigest(backend);
  await deleteObject(backend, backend.address.objectKey);
  await deleteObject(backend, publishedOutputsKey(backend.address));
}

async function deleteDigest({ aws, table, address }: Backend): Promise<void> {
  if (table === undefined) return;
  const command = new DeleteItemCommand({ TableName: table, Key: { LockID: { S: address.digestPath } } });
  await aws.call({ api: 'dynamodb:DeleteItem', resource: `table ${table}` }, (abortSignal) =>
    aws.dynamodb.send(command, { abortSignal }),
  );
}

async function deleteObject({ aws, address: { bucket } }: Backend, key: string): Promise<void> {
  const command = new DeleteObjectCommand({ Bucket: bucket, Key: key });
  await aws.call({ api: 's3:DeleteObject', resource: `s3://${bucket}/${key}` }, (abortSignal) =>
    aws.s3.send(command, { abortSignal }),
  );
}
