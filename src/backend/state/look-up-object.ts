import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { AwsError } from '../../aws/errors.ts';
import { getObject } from '../objects/get-object.ts';
import { readHeaders } from '../objects/object-headers.ts';
import { parseProvenance, type StateProvenance } from '../records/provenance.ts';
import type { Backend } from '../settings.ts';
import type { CurrentObject } from '../state-error.ts';

/** One write of a state: the lock that it was made under, and the MD5 of what was written. */
export type StateWrite = Pick<StateProvenance, 'lockId' | 'md5'>;

/** What the object is now, by one HEAD; undefined when there is none. Errors: AwsError. */
export async function lookUpObject(
  { aws, address, objects }: Backend,
  key: string,
): Promise<CurrentObject | undefined> {
  const description = { api: 's3:HeadObject', resource: `s3://${address.bucket}/${key}` };
  try {
    const command = new HeadObjectCommand({ Bucket: address.bucket, Key: key, ...readHeaders(objects) });
    const response = await aws.call(description, (abortSignal) => aws.s3.send(command, { abortSignal }));
    return {
      etag: response.ETag,
      lastModified: response.LastModified,
      versionId: response.VersionId,
      provenance: parseProvenance(response.Metadata),
    };
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'no_such_key') return undefined;
    throw error;
  }
}

/** Which writes of an object are looked for. */
export interface WriteQuestion {
  readonly key: string;
  /** Undefined: there is no lock, and no write is looked for. */
  readonly lockId: string | undefined;
  /** What is known already to be the object, so that nothing has to be proven of it. */
  readonly knownEtag: string | undefined;
}

/**
 * The same, and where the object says that it was written under this lock, whether that is true. Whoever can write the bucket
 * can copy such metadata to anything else, which would then be taken for ours. Errors: AwsError.
 */
export async function lookUpWrite(
  backend: Backend,
  { key, lockId, knownEtag }: WriteQuestion,
): Promise<CurrentObject | undefined> {
  const current = await lookUpObject(backend, key);
  if (current?.provenance === undefined || current.provenance.lockId !== lockId) return current;
  if (current.etag !== undefined && current.etag === knownEtag) return current;
  return { ...current, isProven: await isConsistent(backend, key, current) };
}

/** Whether the object is this very write, by its content. Pure. */
export function isProvenWrite(current: CurrentObject | undefined, { lockId, md5 }: StateWrite): boolean {
  const { provenance, isProven = false } = current ?? {};
  return isProven && provenance?.lockId === lockId && provenance.md5 === md5;
}

/**
 * Whether an object's content is the one that its metadata name. Its ETag often says so, which the store makes of the content;
 * else the content is read, and goes to no disk. Errors: AwsError.
 */
export async function isConsistent(
  backend: Backend,
  key: string,
  { etag, provenance }: CurrentObject,
): Promise<boolean> {
  if (provenance === undefined) return false;
  if (etag === `"${provenance.md5}"`) return true;
  const content = await hashObject(backend, key);
  return content?.md5 === provenance.md5 && content.etag === etag;
}

/** An object's content, by its MD5 in hex, and what its metadata say. */
export interface HashedObject {
  readonly md5: string;
  readonly etag: string | undefined;
  readonly provenance: StateProvenance | undefined;
}

/** Reads a whole object, which goes to no disk; undefined when there is none. Errors: AwsError. */
export async function hashObject(backend: Backend, key: string): Promise<HashedObject | undefined> {
  return await getObject(backend, { key }, async (body, { Metadata, ETag }, signal) => {
    const hash = createHash('md5');
    await pipeline(body, hash, { signal });
    return { md5: hash.digest('hex'), etag: ETag, provenance: parseProvenance(Metadata) };
  });
}
