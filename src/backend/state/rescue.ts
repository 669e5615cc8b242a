import { AwsError, type AwsErrorKind } from '../../aws/errors.ts';
import type { StateProvenance } from '../records/provenance.ts';
import type { Backend, ObjectOptions } from '../settings.ts';
import type { StateFacts } from './hash-and-inspect.ts';
import { overwriteFile, storeFile } from './state-object.ts';

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
 * none. If both names are taken, or the store can't say whether they are, the state's MD5 is appended too: such a name
 * can only have this content, and so needs no condition.
 *
 * Returns the key. Errors: AwsError.
 */
export async function storeRescueCopy(backend: Backend, request: RescueRequest): Promise<string> {
  const { path, facts, provenance, name } = request;
  const folder = `${backend.address.objectKey}.rescue`;
  const toKey = (...parts: string[]) => `${folder}/${parts.filter((part) => part !== '').join('-')}`;
  const shortNames = new Set([toKey(name), toKey(name, provenance.lockId)]);
  const stored = await storeUnderFree(backend, { path, facts, provenance }, shortNames);
  if (stored !== undefined) return stored;
  const key = toKey(name, provenance.lockId, facts.md5);
  await storeAnyway(backend, (chosen) => overwriteFile(chosen, { key, path, facts, provenance }));
  return key;
}

/** The name that was free; undefined when none was, or when the store can't say. */
async function storeUnderFree(
  backend: Backend,
  file: Omit<RescueRequest, 'name'>,
  keys: ReadonlySet<string>,
): Promise<string | undefined> {
  try {
    for (const key of keys) {
      // The lock excludes nobody here: another step of the run, or a job that lost the lock, rescues under the same name.
      const request = { ...file, key, expectedEtag: undefined, isUnlocked: true };
      const outcome = await storeAnyway(backend, (chosen) => storeFile(chosen, request));
      if (outcome.kind === 'stored') return key;
    }
  } catch (error) {
    if (!mayBeAboutCondition(error)) throw error;
  }
  return undefined;
}

const CONDITION_REFUSALS: ReadonlySet<AwsErrorKind> = new Set([
  'not_implemented',
  'precondition_failed',
  'other',
]);

/** A put without a condition, and without looking first, may succeed where this failed. Pure. */
function mayBeAboutCondition(error: unknown): boolean {
  if (!(error instanceof AwsError)) return false;
  const isLook = error.api !== 's3:PutObject';
  return CONDITION_REFUSALS.has(error.kind) || (isLook && error.kind === 'access_denied');
}

async function storeAnyway<Stored>(
  backend: Backend,
  store: (backend: Backend) => Promise<Stored>,
): Promise<Stored> {
  try {
    return await store(backend);
  } catch (error) {
    const objects = withoutRefused(backend.objects, error);
    if (objects === undefined) throw error;
    return await storeAnyway({ ...backend, objects }, store);
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
