import { createCipheriv, randomBytes } from 'node:crypto';
import * as v from 'valibot';

const Key = v.object({ KeyMetadata: v.object({ Arn: v.string() }) });
const DataKey = v.object({ CiphertextBlob: v.string(), Plaintext: v.string() });

/** Calls KMS at an endpoint that checks no signature, such as moto's. */
async function askKms(url: string, action: string, input: unknown): Promise<unknown> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `TrentService.${action}`,
    authorization:
      'AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/kms/aws4_request, SignedHeaders=host, Signature=0',
  };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) });
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}

/** A state as OpenTofu encrypts it with `aws_kms` and `aes_gcm`, and the ARN of its key. */
export async function encryptUnderKms(url: string, state: string): Promise<{ text: string; keyId: string }> {
  const keyId = v.parse(Key, await askKms(url, 'CreateKey', {})).KeyMetadata.Arn;
  const EncryptionContext = { stack: 'network' };
  const asked = { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext };
  const { CiphertextBlob, Plaintext } = v.parse(DataKey, await askKms(url, 'GenerateDataKey', asked));
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(Plaintext, 'base64'), nonce);
  const data = Buffer.concat([nonce, cipher.update(state), cipher.final(), cipher.getAuthTag()]);
  const meta = JSON.stringify({ ciphertext_blob: CiphertextBlob, encryption_context: EncryptionContext });
  const { serial, lineage } = v.parse(
    v.object({ serial: v.number(), lineage: v.string() }),
    JSON.parse(state),
  );
  const envelope = {
    serial,
    lineage,
    meta: { 'key_provider.aws_kms.k': Buffer.from(meta).toString('base64') },
    encrypted_data: data.toString('base64'),
    encryption_version: 'v0',
  };
  return { text: JSON.stringify(envelope), keyId };
}
