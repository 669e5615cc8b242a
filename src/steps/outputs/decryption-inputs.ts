import { isReadableOnTheWay } from '../../aws/plain-http.ts';
import type { StateDecryption, StateKmsKey } from '../../backend/state/decryption.ts';
import { withoutUser } from '../../inputs/endpoint-inputs.ts';
import { readVariable } from '../../inputs/input-or-variable.ts';
import type { InputReader } from '../../runner/inputs.ts';
import { ConfigSyntaxError } from '../../terraform-config/cursor.ts';
import { type EncryptionConfig, parseEncryption } from './tf-encryption.ts';

/** In characters; OpenTofu accepts no shorter one. */
const SHORTEST = 16;
const KMS_KEY = /^[A-Za-z0-9:/_-]{1,2048}$/;
const KMS_KEY_FIX = "give the kms_key_id of OpenTofu's key provider: an ARN, a key id or an alias";
const NOT_PUBLISHED = 'published outputs are not encrypted by OpenTofu: remove it';
const VARIABLE = 'TF_ENCRYPTION';
const KMS_ENDPOINT_VARIABLES = ['AWS_ENDPOINT_URL_KMS', 'AWS_ENDPOINT_URL'];

/**
 * Reads what it takes to decrypt encrypted states: the inputs, else OpenTofu's `TF_ENCRYPTION`. Problems go to the reader,
 * without the secret. Undefined when nothing is given.
 */
export function readDecryption(
  reader: InputReader,
  source: 'state' | 'published',
  warnings: string[],
): StateDecryption | undefined {
  const passphrase = readPassphrase(reader, source);
  const keyId = readKmsKeyId(reader, source);
  if (passphrase !== undefined || keyId !== undefined) {
    const passphrases = passphrase === undefined ? [] : [passphrase];
    const kmsKeys = keyId === undefined ? [] : withEndpoint(reader, [keyId]);
    return { passphrases, kmsKeys, aads: [] };
  }
  return source === 'state' ? readTfEncryption(reader, warnings) : undefined;
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

function readKmsKeyId(reader: InputReader, source: 'state' | 'published'): string | undefined {
  const keyId = reader.text('encryption_kms_key_id');
  if (keyId === undefined) return undefined;
  const refuse = (fix: string) => reader.reject('encryption_kms_key_id', keyId, fix);
  if (!KMS_KEY.test(keyId)) refuse(KMS_KEY_FIX);
  if (source === 'published') refuse(NOT_PUBLISHED);
  return keyId;
}

/** What can't be read of it matters only to a state that needs it, so that is a warning. */
function readTfEncryption(reader: InputReader, warnings: string[]): StateDecryption | undefined {
  const text = reader.environment(VARIABLE);
  if (text === undefined) return undefined;
  const config = parseVariable(reader, text);
  if (config === undefined) return undefined;
  const { passphrases, kmsKeyIds, aads, unknown } = config;
  if (passphrases.some(({ length }) => length < SHORTEST)) {
    reader.reject(
      VARIABLE,
      '(a secret)',
      `OpenTofu accepts only passphrases of at least ${SHORTEST} characters`,
    );
  }
  for (const keyId of kmsKeyIds) if (!KMS_KEY.test(keyId)) reader.reject(VARIABLE, keyId, KMS_KEY_FIX);
  if (unknown.length > 0) {
    warnings.push(
      `${VARIABLE} does not give ${unknown.join(', ')} as a plain value, so states that need it can't be read. Write the value there, or give it as an input.`,
    );
  }
  return { passphrases, kmsKeys: withEndpoint(reader, kmsKeyIds), aads };
}

function parseVariable(reader: InputReader, text: string): EncryptionConfig | undefined {
  try {
    return parseEncryption(text);
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    const where = `line ${error.line}: ${error.wording(() => 'a name')}`;
    reader.reject(VARIABLE, '(a secret)', `OpenTofu can't read it either (${where})`);
    return undefined;
  }
}

function withEndpoint(reader: InputReader, keyIds: readonly string[]): StateKmsKey[] {
  if (keyIds.length === 0) return [];
  const given = readVariable(reader, KMS_ENDPOINT_VARIABLES);
  const endpoint = given?.value;
  if (given === undefined || endpoint === undefined) return keyIds.map((keyId) => ({ keyId, endpoint }));
  const refuse = (fix: string) => reader.reject(given.variable, withoutUser(endpoint), fix);
  const isUrl = /^https?:$/.test(URL.parse(endpoint)?.protocol ?? '');
  if (!isUrl) refuse('use a URL with http: or https:');
  else if (reader.boolean('insecure') !== true && isReadableOnTheWay(endpoint))
    refuse("this is plain http: to another machine, but KMS answers with the state's key: use https:");
  return keyIds.map((keyId) => ({ keyId, endpoint }));
}
