import { createReadStream } from 'node:fs';
import type { CopyObjectCommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3';
import { AwsError } from '../../aws/errors.ts';
import { putFile } from '../../aws/put-file.ts';
import {
  describePut,
  describeRequested,
  readHeaders,
  tagging,
  writeHeaders,
} from '../objects/object-headers.ts';
import { provenanceMetadata } from '../records/provenance.ts';
import type { Backend } from '../settings.ts';
import { READ_CHUNK } from './hash-and-inspect.ts';
import { type SnapshotName, snapshotKey } from './snapshot-name.ts';
import { type DownloadedState, downloadState } from './state-object.ts';

/** The state object as it was pulled, before it is replaced. */
export interface SnapshotRequest extends SnapshotName {
  readonly etag: string;
  /**
   * Where its bytes may be stored temporarily if the store can't copy an object. Nothing stays there that is not also
   * in the bucket.
   */
  readonly path: string;
}

/** The result. `moved`: the object has changed, so there is nothing to keep. */
export type SnapshotOutcome =
  | { readonly kind: 'kept' | 'moved'; readonly key: string }
  | { readonly kind: 'failed'; readonly key: string; readonly error: unknown };

/** A push waits no longer than this for the copy of the previous state. */
const TRY_FOR_MS = 15_000;

/**
 * Keeps the state object beside itself before it is replaced: as `<state key>.backup/<serial>-<md5>`, with the state's
 * own settings and metadata. The store copies the object. If it can't, the bytes are put. Errors: only AwsError
 * `aborted`; all others are in the outcome.
 */
export async function keepSnapshot(backend: Backend, request: SnapshotRequest): Promise<SnapshotOutcome> {
  const key = snapshotKey(backend.address, request);
  try {
    const isCopy = await copy(backend, request, key);
    return isCopy ? { kind: 'kept', key } : await keepByPut(backend, request, key);
  } catch (error) {
    throwIfAborted(error);
    const isHopeless = error instanceof AwsError && HOPELESS.has(error.kind);
    return isHopeless ? { kind: 'failed', key, error } : await keepByPut(backend, request, key);
  }
}

function throwIfAborted(error: unknown): void {
  if (error instanceof AwsError && error.kind === 'aborted') throw error;
}

/** Errors for which a put would fail just like the copy. */
const HOPELESS: ReadonlySet<AwsError['kind']> = new Set(['unreachable', 'throttled', 'service']);

/** False when a store that ignores the condition has copied another object, according to its ETag. */
async function copy(backend: Backend, { etag, md5 }: SnapshotRequest, key: string): Promise<boolean> {
  const { aws, address, objects } = backend;
  const { ACL, ServerSideEncryption, SSEKMSKeyId } = writeHeaders(objects);
  const { SSECustomerAlgorithm, SSECustomerKey } = readHeaders(objects);
  const input: CopyObjectCommandInput = {
    Bucket: address.bucket,
    Key: key,
    CopySource: copySource(address),
    CopySourceIfMatch: etag,
    CopySourceSSECustomerAlgorithm: SSECustomerAlgorithm,
    CopySourceSSECustomerKey: SSECustomerKey,
    SSECustomerAlgorithm,
    SSECustomerKey,
    ServerSideEncryption,
    SSEKMSKeyId,
    ACL,
    MetadataDirective: 'COPY',
    // Copying the state's tags would need a permission to read them.
    TaggingDirective: 'REPLACE',
    ...tagging(objects.stateTags),
  };
  const call = { ...describe(backend, key), api: 's3:CopyObject' };
  const answer = await aws.call(call, (signal) =>
    aws.s3.send(({ CopyObjectCommand }) => new CopyObjectCommand(input), { abortSignal: signal }),
  );
  const made = answer.CopyObjectResult?.ETag;
  return made === undefined || made === etag || etag !== `"${md5}"`;
}

/** The object in the form of a header. Behind an access point's ARN, the key has a folder of its own. Pure. */
export function copySource({ bucket, objectKey }: Backend['address']): string {
  const folder = bucket.startsWith('arn:') ? `${bucket}/object` : bucket;
  return [...folder.split('/'), ...objectKey.split('/')].map(encodeURIComponent).join('/');
}

/** Reads the object again, because the job has changed its own copy. */
async function keepByPut(backend: Backend, request: SnapshotRequest, key: string): Promise<SnapshotOutcome> {
  try {
    const object = await downloadState(backend, request.path);
    if (object?.etag !== request.etag || object.facts.md5 !== request.md5) return { kind: 'moved', key };
    await put(backend, object, request.path, key);
    return { kind: 'kept', key };
  } catch (error) {
    throwIfAborted(error);
    return { kind: 'failed', key, error };
  }
}

/** Without a condition, because any object with this key is the same state. */
async function put(
  backend: Backend,
  { facts, provenance }: DownloadedState,
  path: string,
  key: string,
): Promise<void> {
  const { aws, address, objects } = backend;
  const input: PutObjectCommandInput = {
    ...describePut(objects, facts),
    Bucket: address.bucket,
    Key: key,
    Metadata: provenance && provenanceMetadata(provenance),
  };
  const read = () => createReadStream(path, { highWaterMark: READ_CHUNK });
  const call = { ...describe(backend, key), api: 's3:PutObject' };
  await aws.call(call, (signal) => putFile(aws.s3, input, read, facts.sha256, signal));
}

function describe({ address, objects }: Backend, key: string) {
  const resource = `s3://${address.bucket}/${key}`;
  return { resource, tryForMs: TRY_FOR_MS, asked: describeRequested(objects) };
}
