import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { WriteSetting } from '../../aws/failure.ts';
import type { ObjectOptions } from '../settings.ts';
import type { FileFacts } from './file-facts.ts';

/** The headers required to read or look up an object under a customer key. */
export interface CustomerKeyHeaders {
  SSECustomerAlgorithm?: string;
  SSECustomerKey?: string;
}

/**
 * The headers for writing a state and its lock file, by Terraform's rules: no encryption header without `encrypt`; a
 * KMS key takes precedence over a customer key, and that over AES256 (docs/protocol.md#writing).
 */
export function writeHeaders(objects: ObjectOptions): Partial<PutObjectCommandInput> {
  const { encrypt, kmsKeyId, customerKey, acl } = objects;
  const headers: Partial<PutObjectCommandInput> = { ContentType: 'application/json' };
  // Unvalidated on purpose, as in Terraform: S3 knows which canned ACLs there are.
  if (acl !== undefined) Object.assign(headers, { ACL: acl });
  if (!encrypt) return headers;
  if (kmsKeyId !== undefined) {
    return { ...headers, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId };
  }
  if (customerKey !== undefined) return { ...headers, ...readHeaders(objects) };
  return { ...headers, ServerSideEncryption: 'AES256' };
}

/** The headers of every GET and HEAD: the customer key, if the object is under one (docs/protocol.md#reading). */
export function readHeaders({ encrypt, kmsKeyId, customerKey }: ObjectOptions): CustomerKeyHeaders {
  if (!encrypt || kmsKeyId !== undefined || customerKey === undefined) return {};
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: customerKey };
}

/** The tags of an object, in OpenTofu's order. */
export function tagging(tags: string | undefined): { Tagging?: string } {
  return tags === undefined ? {} : { Tagging: tags };
}

/** The settings that a write with these options carries. Pure. */
export function describeRequested(objects: ObjectOptions): WriteSetting[] {
  const { encrypt, kmsKeyId, acl } = objects;
  const asked: WriteSetting[] = acl === undefined ? [] : ['acl'];
  if (encrypt && kmsKeyId !== undefined) asked.push('kms_key_id');
  if (isUnderCustomerKey(objects)) asked.push('sse_customer_key');
  return asked;
}

/** Whether an object with these options is under a customer key. */
export function isUnderCustomerKey(objects: ObjectOptions): boolean {
  return readHeaders(objects).SSECustomerKey !== undefined;
}

/** An ETag without quotes, for stores that compare ETags including the quotes (Ceph 16). Pure. */
export function withoutQuotes(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

/** What a put says about a file's bytes and how to store them. Pure. */
export function describePut(objects: ObjectOptions, { size, sha256, md5 }: FileFacts) {
  return {
    ContentLength: size,
    ChecksumSHA256: sha256.toString('base64'),
    ContentMD5: Buffer.from(md5, 'hex').toString('base64'),
    ...writeHeaders(objects),
    ...tagging(objects.stateTags),
  };
}
