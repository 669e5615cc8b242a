import { createHash } from 'node:crypto';
import type { S3Part } from '../../aws/s3.ts';
import { parsePublishedOutputs } from '../../statefile/published-outputs.ts';
import { publishedOutputsKey } from '../address.ts';
import { getObject } from '../objects/get-object.ts';
import { writeHeaders } from '../objects/object-headers.ts';
import { readBeginning } from '../objects/read-beginning.ts';
import type { Backend } from '../settings.ts';
import { StateError } from '../state-error.ts';
import type { ReadOutputs } from './read-outputs.ts';

/** Bytes: twice what all outputs of a GitHub job may have. */
const LARGEST = 8 * 1024 * 1024;

/**
 * Reads the published outputs of a state with one GET, and nothing of the state itself. Undefined when there are none.
 *
 * Errors: StateError `published_outputs_unreadable`, AwsError of the read.
 */
export async function readPublishedOutputs(backend: Backend): Promise<ReadOutputs | undefined> {
  const bytes = await readBytes(backend);
  if (bytes === undefined) return undefined;
  const parsed = parsePublishedOutputs(bytes);
  if (parsed.ok) return { ...parsed.state, bytesRead: bytes.length };
  throw new StateError({ reason: 'published_outputs_unreadable', detail: parsed.detail }, backend);
}

/**
 * Puts the outputs beside the state, with the same encryption, unless the same ones are already there. False when they
 * are. Call it under the lock.
 *
 * Errors: AwsError.
 */
export async function storePublishedOutputs(backend: Backend, text: string): Promise<boolean> {
  const { aws, address, objects } = backend;
  const body = Buffer.from(text);
  const there = await readBytes(backend);
  if (there?.equals(body) === true) return false;
  const Key = publishedOutputsKey(address);
  const build = ({ PutObjectCommand }: S3Part) =>
    new PutObjectCommand({
      Bucket: address.bucket,
      Key,
      ...writeHeaders(objects),
      Body: body,
      ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
      ContentMD5: createHash('md5').update(body).digest('base64'),
    });
  const resource = `s3://${address.bucket}/${Key}`;
  await aws.call({ api: 's3:PutObject', resource }, (abortSignal) => aws.s3.send(build, { abortSignal }));
  return true;
}

async function readBytes(backend: Backend): Promise<Buffer | undefined> {
  const key = publishedOutputsKey(backend.address);
  // For a body that is too large, this is only the beginning, which is not complete JSON.
  return await getObject(backend, { key }, (body) => readBeginning(body, LARGEST));
}
