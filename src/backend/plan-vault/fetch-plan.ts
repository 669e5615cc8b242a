import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { createFileHasher, type FileFacts } from '../objects/file-facts.ts';
import { getObject } from '../objects/get-object.ts';
import type { PlanRecord } from '../records/plan-record.ts';
import type { Backend } from '../settings.ts';
import { planKey } from './plan-id.ts';

/** The result of fetching a plan. The file at the path is complete only in `matches`. */
export type FetchedPlan =
  | { readonly kind: 'matches' }
  /** There is no hash for a plan that is longer than its record says, because the rest was not read. */
  | { readonly kind: 'differs'; readonly size: number; readonly sha256: string | undefined }
  | { readonly kind: 'missing' };

/**
 * Streams a plan into `path` (mode 0600) and compares it with its record, in constant memory. Stops reading when the
 * plan is longer than the record says. Errors: AwsError of the read.
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

/** Ends after the first chunk that exceeds `most` bytes. */
async function saveUpTo(body: Readable, most: number, path: string, signal: AbortSignal): Promise<FileFacts> {
  const hasher = createFileHasher();
  const file = await open(path, 'w', 0o600);
  try {
    let size = 0;
    // Leaving the loop closes the stream.
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
