import { AwsError } from '../../aws/errors.ts';
import type { StateProvenance } from '../records/provenance.ts';
import type { Backend, ObjectOptions } from '../settings.ts';
import type { StateFacts } from './hash-and-inspect.ts';
import { type StoreOutcome, type StoreRequest, storeFile } from './state-object.ts';

export interface RescueRequest {
  readonly path: string;
  readonly facts: StateFacts;
  readonly provenance: StateProvenance;
  /** The run and its attempt: `123-1`. */
  readonly name: string;
}

/**
 * Keeps a state that could not be pushed beside the state object, under `<state key>.rescue/<name>`, with the same
 * encryption. Never overwrites: a second state of the same run gets its lock's id appended. A setting that S3 refuses,
 * which may be why the push failed, is left out: a copy without its ACL, or under the bucket's own key, is better than
 * none.
 *
 * Returns the key. Errors: AwsError, or an Error when even that name is taken.
 */
export async function storeRescueCopy(backend: Backend, request: RescueRequest): Promise<string> {
  const { path, facts, provenance, name } = request;
  const folder = `${backend.address.objectKey}.rescue`;
  for (const key of [`${folder}/${name}`, `${folder}/${name}-${provenance.lockId}`]) {
    const outcome = await storeAnyway(backend, { key, path, facts, provenance, expectedEtag: undefined });
    if (outcome.kind === 'stored') return key;
  }
  throw new Error(`both names for a rescue copy below ${folder}/ are taken`);
}

async function storeAnyway(backend: Backend, request: StoreRequest): Promise<StoreOutcome> {
  try {
    return await storeFile(backend, request);
  } catch (error) {
    const objects = withoutRefused(backend.objects, error);
    if (objects === undefined) throw error;
    return await storeAnyway({ ...backend, objects }, request);
  }
}

// For buckets without ACLs, and for unknown ACL names.
const REFUSED_ACL = new Set(['AccessControlListNotSupported', 'InvalidArgument', 'UnsupportedArgument']);

/** The options without the one that S3 has just refused; undefined when the error is about none of them. Pure. */
export function withoutRefused(objects: ObjectOptions, error: unknown): ObjectOptions | undefined {
  if (!(error instanceof AwsError)) return undefined;
  const code = error.failure.code ?? '';
  if (objects.acl !== undefined && REFUSED_ACL.has(code)) return { ...objects, acl: undefined };
  if (objects.kmsKeyId !== undefined && /^KMS\./.test(code)) return { ...objects, kmsKeyId: undefined };
  return undefined;
}
