import { open } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { AwsError } from '../../aws/errors.ts';
import { createFileHasher, type FileFacts } from '../objects/file-facts.ts';
import { readHeaders } from '../objects/object-headers.ts';
import type { PlanRecord } from '../records/plan-record.ts';
import type { Backend } from '../settings.ts';
import { planKey } from './plan-id.ts';

/** What the vault gave for a plan: only of one that `matches` the bytes are at the path. */
export type FetchedPlan =
  | { readonly kind: 'matches' }
  /** Of a plan that is longer than its record says there is no hash: the rest was not read. */
  | { readonly kind: 'differs'; readonly size: number; readonly sha256: string | undefined }
  | { readonly kind: 'missing' };

/**
 * Streams a plan into `path` (mode 0600) and compares it with its record on the way, in constant memory; of a longer one no more is
 * read than that shows. Errors: AwsError of the read.
 */
export async function fetchPlan(
  { aws, address, objects }: Backend,
  planId: string,
  record: Pick<PlanRecord, 'sha256' | 'size'>,
  path: string,
): Promise<FetchedPlan> {
  const key = planKey(address, planId);
  const input = { Bucket: address.bucket, Key: key, ...readHeaders(objects) };
  const description = { api: 's3:GetObject', resource: `s3://${address.bucket}/${key}` };
  try {
    return await aws.call(description, async (abortSignal): Promise<FetchedPlan> => {
      const { Body } = await aws.s3.send(new GetObjectCommand(input), { abortSignal });
      const facts = await saveUpTo(Body, record.size, path, abortSignal);
      const sha256 = facts.sha256.toString('hex');
      if (facts.size > record.size) return { kind: 'differs', size: facts.size, sha256: undefined };
      if (facts.size === record.size && sha256 === record.sha256) return { kind: 'matches' };
      return { kind: 'differs', size: facts.size, sha256 };
    });
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'no_such_key') return { kind: 'missing' };
    throw error;
  }
}

/** Ends after the first chunk that goes beyond `most` bytes. */
async function saveUpTo(body: unknown, most: number, path: string, signal: AbortSignal): Promise<FileFacts> {
  if (!(body instanceof Readable)) throw new TypeError('the S3 client returned no body stream');
  const hasher = createFileHasher();
  const file = await open(path, 'w', 0o600);
  try {
    let size = 0;
    // Whoever leaves the loop closes the stream.
    for await (const chunk of addAbortSignal(signal, body)) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the S3 client returned no bytes');
      hasher.write(chunk);
      size += chunk.length;
      if (size > most) break;
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return hasher.end();
}
