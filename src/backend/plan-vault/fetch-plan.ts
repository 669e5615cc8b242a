import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { createFileHasher, type FileFacts } from '../objects/file-facts.ts';
import { getObject } from '../objects/get-object.ts';
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
  backend: Backend,
  planId: string,
  record: Pick<PlanRecord, 'sha256' | 'size'>,
  path: string,
): Promise<FetchedPlan> {
  const key = planKey(backend.address, planId);
  const facts = await getObject(backend, { key }, (body, _, signal) =>
    saveUpTo(body, record.size, path, signal),
  );
  if (facts === undefined) return { kind: 'missing' };
  const sha256 = facts.sha256.toString('hex');
  if (facts.size > record.size) return { kind: 'differs', size: facts.size, sha256: undefined };
  if (facts.size === record.size && sha256 === record.sha256) return { kind: 'matches' };
  return { kind: 'differs', size: facts.size, sha256 };
}

/** Ends after the first chunk that goes beyond `most` bytes. */
async function saveUpTo(body: Readable, most: number, path: string, signal: AbortSignal): Promise<FileFacts> {
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
