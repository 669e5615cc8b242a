import type { ObjectOptions } from '../backend/settings.ts';
import type { InputReader } from '../runner/inputs.ts';
import { fixFor, readInputOrVariable } from './input-or-variable.ts';
import { readObjectTags } from './object-tags.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const KMS_KEY = new RegExp(
  `^(?:arn:[^:]+:kms:[^:]+:\\d{12}:(?:key/(?:${UUID}|mrk-[0-9a-f]{32})|alias/[A-Za-z0-9/_-]+)|${UUID}|mrk-[0-9a-f]{32}|alias/[A-Za-z0-9/_-]+)$`,
  'i',
);

/** Terraform's environment variable for `sse_customer_key`. */
export const CUSTOMER_KEY_VARIABLE = 'AWS_SSE_CUSTOMER_KEY';

/** How objects are written and read. All keys require `encrypt`, as in Terraform (docs/protocol.md#writing). */
export function readObjectOptions(reader: InputReader, warnings: string[]): ObjectOptions {
  const encrypt = reader.boolean('encrypt') ?? false;
  const kmsKeyId = readKmsKey(reader);
  const customerKey = readCustomerKey(reader, kmsKeyId);
  const given = kmsKeyId === undefined ? customerKey && 'sse_customer_key' : 'kms_key_id';
  if (given !== undefined && !encrypt) {
    warnings.push(`${given} has no effect without encrypt: true, as in Terraform.`);
  }
  const stateTags = readObjectTags(reader, 'state_tags');
  const lockTags = readObjectTags(reader, 'lock_tags');
  return { encrypt, kmsKeyId, customerKey, acl: reader.text('acl'), stateTags, lockTags };
}

function readKmsKey(reader: InputReader): string | undefined {
  const kmsKeyId = reader.text('kms_key_id');
  if (kmsKeyId !== undefined && !KMS_KEY.test(kmsKeyId)) {
    reader.reject('kms_key_id', kmsKeyId, 'give the id, the alias (alias/NAME) or the ARN of a KMS key');
  }
  return kmsKeyId;
}

// 32 bytes. Terraform accepts any 44 characters of base64, but S3 refuses all others.
const KEY_OF_32_BYTES = /^[A-Za-z0-9+/]{43}=$/;

function readCustomerKey(reader: InputReader, kmsKeyId: string | undefined): string | undefined {
  const given = readInputOrVariable(reader, 'sse_customer_key');
  if (given === undefined) return undefined;
  const refuse = (fix: string) => reader.reject('sse_customer_key', '(a secret)', fixFor(given, fix));
  if (!KEY_OF_32_BYTES.test(given.value)) {
    refuse('give a key of 32 bytes in base64 (44 characters), such as openssl rand -base64 32 prints');
  }
  if (kmsKeyId !== undefined) refuse('S3 encrypts with one key only: remove this or kms_key_id');
  return given.value;
}
