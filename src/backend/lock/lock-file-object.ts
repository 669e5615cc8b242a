import { createHash } from 'node:crypto';
import { AwsError, type AwsErrorKind } from '../../aws/errors.ts';
import { mayHaveActed } from '../../aws/in-doubt.ts';
import type { S3Part } from '../../aws/s3.ts';
import { getObject } from '../objects/get-object.ts';
import { describeRequested, tagging, writeHeaders } from '../objects/object-headers.ts';
import { readBeginning } from '../objects/read-beginning.ts';
import { parseLockHolder } from '../records/lock-info.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import type { FoundLock } from './lock-store.ts';

/** The bytes read of a lock file; Terraform's has about 400. */
const LONGEST_LOCK = 64 * 1024;

/** A lock file that was found. */
export type FoundFile = Extract<FoundLock, { store: 'file' }>;

/** The condition of a put: there is no object, or it still has this ETag. */
export type PutCondition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

/** How a delete ended. `mayBeOurs`: an earlier attempt, whose answer was lost, may have deleted it. */
export type DeleteOutcome =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'gone' | 'changed'; readonly mayBeOurs: boolean };

/** The S3 object that is a lock file, with its calls. Errors: AwsError of the call that failed for good. */
export interface LockFileObject {
  /**
   * Undefined when there is none. Sends the customer key, which Terraform's own read omits
   * (docs/protocol.md#lock-file).
   */
  read(): Promise<FoundFile | undefined>;
  /** False when the condition did not hold. Errors also: StateError `no_conditional_writes`. */
  put(info: string, condition: PutCondition): Promise<boolean>;
  /**
   * Deletes the object with this ETag. If the store has no conditional deletes, it deletes whatever object is there.
   */
  delete(etag: string | undefined): Promise<DeleteOutcome>;
}

/** A state's lock file as an object in S3. It is written with the state's own settings (docs/protocol.md#lock-file). */
export function lockFileObject(backend: Backend): LockFileObject {
  const { bucket, lockFileKey } = backend.address;
  const at: LockFileLocation = {
    Bucket: bucket,
    Key: lockFileKey,
    resource: `s3://${bucket}/${lockFileKey}`,
  };
  return {
    read: () => readFile(backend),
    put: (info, condition) => putFile(backend, at, info, condition),
    delete: (etag) => deleteFile(backend, at, etag),
  };
}

interface LockFileLocation {
  readonly Bucket: string;
  readonly Key: string;
  /** The resource's name in errors. */
  readonly resource: string;
}

async function readFile(backend: Backend): Promise<FoundFile | undefined> {
  const key = backend.address.lockFileKey;
  return await getObject(backend, { key }, async (body, { ETag }) => {
    const raw = (await readBeginning(body, LONGEST_LOCK)).toString();
    return { store: 'file', holder: parseLockHolder(raw), heartbeat: undefined, etag: ETag };
  });
}

async function putFile(
  backend: Backend,
  { Bucket, Key, resource }: LockFileLocation,
  info: string,
  condition: PutCondition,
): Promise<boolean> {
  const { aws, objects } = backend;
  const build = ({ PutObjectCommand }: S3Part) =>
    new PutObjectCommand({
      Bucket,
      Key,
      ...writeHeaders(objects),
      ...tagging(objects.lockTags),
      ...condition,
      Body: info,
      ChecksumSHA256: createHash('sha256').update(info).digest('base64'),
      ContentMD5: createHash('md5').update(info).digest('base64'),
    });
  try {
    const description = { api: 's3:PutObject', resource, asked: describeRequested(objects) };
    await aws.call(description, (abortSignal) => aws.s3.send(build, { abortSignal }));
    return true;
  } catch (error) {
    // With If-Match S3 answers 404 when the object is gone.
    if (isKind(error, 'precondition_failed') || isKind(error, 'no_such_key')) return false;
    if (!isKind(error, 'not_implemented') || isAboutElse(error)) throw error;
    throw new StateError({ reason: 'no_conditional_writes', cause: error }, backend);
  }
}

/** The same code can mean that a store has no keys for `encrypt` (MinIO) or does not support `acl` (R2). */
function isAboutElse(error: AwsError): boolean {
  return /encryption|x-amz-/i.test(error.failure.detail ?? '');
}

async function deleteFile(
  { aws }: Backend,
  { Bucket, Key, resource }: LockFileLocation,
  etag: string | undefined,
): Promise<DeleteOutcome> {
  const send = (condition: { IfMatch?: string }) =>
    aws.call({ api: 's3:DeleteObject', resource }, (abortSignal) =>
      aws.s3.send(({ DeleteObjectCommand }) => new DeleteObjectCommand({ Bucket, Key, ...condition }), {
        abortSignal,
      }),
    );
  try {
    await send(etag === undefined ? {} : { IfMatch: etag });
  } catch (error) {
    if (isKind(error, 'no_such_key')) return { kind: 'gone', mayBeOurs: mayHaveActed(error) };
    if (isKind(error, 'precondition_failed')) return { kind: 'changed', mayBeOurs: mayHaveActed(error) };
    if (!isKind(error, 'not_implemented')) throw error;
    // The object was read right before, so this is no worse than what Terraform does.
    await send({});
  }
  return { kind: 'deleted' };
}

function isKind(error: unknown, kind: AwsErrorKind): error is AwsError {
  return error instanceof AwsError && error.kind === kind;
}
