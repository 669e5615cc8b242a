import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../../aws/errors.ts';
import type { S3Part } from '../../aws/s3.ts';
import { getObject } from '../objects/get-object.ts';
import { readHeaders } from '../objects/object-headers.ts';
import { parseProvenance, type StateProvenance } from '../records/provenance.ts';
import type { Backend } from '../settings.ts';
import type { CurrentObject } from '../state-error.ts';

/** One write of a state: its lock, and the MD5 of the written bytes. */
export type StateWrite = Pick<StateProvenance, 'lockId' | 'md5'>;

/** The current object, by one HEAD; undefined when there is none. Errors: AwsError. */
export async function lookUpObject(
  { aws, address, objects }: Backend,
  key: string,
): Promise<CurrentObject | undefined> {
  const description = { api: 's3:HeadObject', resource: `s3://${address.bucket}/${key}` };
  try {
    const build = ({ HeadObjectCommand }: S3Part) =>
      new HeadObjectCommand({ Bucket: address.bucket, Key: key, ...readHeaders(objects) });
    const response = await aws.call(description, (abortSignal) => aws.s3.send(build, { abortSignal }));
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

/** Which write to look for. */
export interface WriteQuestion {
  readonly key: string;
  /** Undefined when there is no lock, and no write is looked for. */
  readonly lockId: string | undefined;
  /** The ETag of an object that is already known, so nothing has to be proven about it. */
  readonly knownEtag: string | undefined;
}

/**
 * The same. If the object claims to be written under this lock, also checks whether that is true. Anybody who can write
 * to the bucket can copy such metadata to another object, which would then count as ours. Errors: AwsError.
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

/** Whether the content proves that the object is this write. Pure. */
export function isProvenWrite(current: CurrentObject | undefined, { lockId, md5 }: StateWrite): boolean {
  const { provenance, isProven = false } = current ?? {};
  return isProven && provenance?.lockId === lockId && provenance.md5 === md5;
}

/**
 * Whether an object's content is the one that its metadata names. Often the ETag shows this, because the store computes
 * it from the content. Otherwise the content is read, without writing it to the disk. Errors: AwsError.
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

/** The MD5 of an object's content, in hex, and its metadata. */
export interface HashedObject {
  readonly md5: string;
  readonly etag: string | undefined;
  readonly provenance: StateProvenance | undefined;
}

/** Reads a whole object without writing it to the disk; undefined when there is none. Errors: AwsError. */
export async function hashObject(backend: Backend, key: string): Promise<HashedObject | undefined> {
  return await getObject(backend, { key }, async (body, { Metadata, ETag }, signal) => {
    const hash = createHash('md5');
    await pipeline(body, hash, { signal });
    return { md5: hash.digest('hex'), etag: ETag, provenance: parseProvenance(Metadata) };
  });
}
