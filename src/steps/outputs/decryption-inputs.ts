import { isReadableOnTheWay } from '../../aws/plain-http.ts';
import type { StateDecryption, StateKmsKey } from '../../backend/state/decryption.ts';
import type { InputReader } from '../../runner/inputs.ts';

/** In characters; OpenTofu accepts no shorter one. */
const SHORTEST = 16;
const KMS_KEY = /^[A-Za-z0-9:/_-]{1,2048}$/;
const NOT_PUBLISHED = 'published outputs are not encrypted by OpenTofu: remove it';

/** Reads what it takes to decrypt encrypted states. Problems go to the reader, without the secret. */
export function readDecryption(
  reader: InputReader,
  source: 'state' | 'published',
): StateDecryption | undefined {
  const passphrase = readPassphrase(reader, source);
  const kms = readKmsKey(reader, source);
  return passphrase === undefined && kms === undefined ? undefined : { passphrase, kms };
}

function readPassphrase(reader: InputReader, source: 'state' | 'published'): string | undefined {
  const passphrase = reader.text('encryption_passphrase');
  if (passphrase === undefined) return undefined;
  const refuse = (fix: string) => reader.reject('encryption_passphrase', '(a secret)', fix);
  if (passphrase.length < SHORTEST)
    refuse(`OpenTofu accepts only passphrases of at least ${SHORTEST} characters`);
  if (source === 'published') refuse(NOT_PUBLISHED);
  return passphrase;
}

function readKmsKey(reader: InputReader, source: 'state' | 'published'): StateKmsKey | undefined {
  const keyId = reader.text('encryption_kms_key_id');
  if (keyId === undefined) return undefined;
  const refuse = (fix: string) => reader.reject('encryption_kms_key_id', keyId, fix);
  if (!KMS_KEY.test(keyId))
    refuse("give the kms_key_id of OpenTofu's key provider: an ARN, a key id or an alias");
  if (source === 'published') refuse(NOT_PUBLISHED);
  const endpoint = reader.environment('AWS_ENDPOINT_URL_KMS', 'AWS_ENDPOINT_URL');
  if (endpoint === undefined) return { keyId, endpoint };
  const isUrl = /^https?:$/.test(URL.parse(endpoint)?.protocol ?? '');
  if (!isUrl) refuse('AWS_ENDPOINT_URL_KMS is not a URL with http: or https:');
  else if (reader.boolean('insecure') !== true && isReadableOnTheWay(endpoint))
    refuse(
      "AWS_ENDPOINT_URL_KMS is plain http: to another machine, but KMS answers with the state's key: use https:",
    );
  return { keyId, endpoint };
}
