import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import * as v from 'valibot';
import { findPartition } from './arns.ts';
import type { KeyToDecrypt } from './aws.ts';
import type { Transport } from './bounded-transport.ts';
import type { Keys } from './clients.ts';

/** What calling KMS needs. */
export interface KmsConnection {
  readonly transport: Transport;
  readonly keys: Keys;
  readonly region: string;
}

const Decrypted = v.object({ Plaintext: v.string() });
const Refusal = v.object({
  __type: v.optional(v.string()),
  message: v.optional(v.string()),
  Message: v.optional(v.string()),
});

/**
 * Asks KMS to decrypt a data key, with a request of its own, because the SDK's client for this one call has a megabyte.
 * Errors: like the SDK's, with `name` and `$metadata`.
 */
export async function decryptKey(
  { transport, keys, region: own }: KmsConnection,
  { keyId, ciphertext, context, endpoint }: KeyToDecrypt,
  abortSignal: AbortSignal,
): Promise<Buffer> {
  // An ARN contains its key's region.
  const region = /^arn:[^:]*:kms:([^:]+):/.exec(keyId)?.[1] ?? own;
  const url = new URL(endpoint ?? defaultEndpoint(region));
  const body = JSON.stringify({
    KeyId: keyId,
    CiphertextBlob: ciphertext.toString('base64'),
    EncryptionContext: context,
  });
  const request = new HttpRequest({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: '/',
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-target': 'TrentService.Decrypt',
    },
    body,
  });
  const signer = new SignatureV4({ service: 'kms', region, credentials: keys, sha256: Sha256 });
  const signed = await signer.sign(request);
  const { response } = await transport.handle(new HttpRequest(signed), { abortSignal });
  const text = await readText(response);
  if (response.statusCode !== 200) throw toError(response, text);
  return Buffer.from(v.parse(Decrypted, JSON.parse(text)).Plaintext, 'base64');
}

function defaultEndpoint(region: string): string {
  const suffix = findPartition(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://kms.${region}.${suffix}`;
}

async function readText({ body }: HttpResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function toError({ statusCode, headers }: HttpResponse, text: string): Error {
  const { __type: type = '', message, Message } = parseRefusal(text);
  const error = new Error(message ?? Message ?? `KMS answered with status ${statusCode}`);
  error.name = type.split('#').at(-1) || 'KmsError';
  const $metadata = { httpStatusCode: statusCode, requestId: headers['x-amzn-requestid'] };
  return Object.assign(error, { $metadata });
}

function parseRefusal(text: string): v.InferOutput<typeof Refusal> {
  try {
    return v.parse(Refusal, JSON.parse(text));
  } catch {
    return {};
  }
}

/** Node's own hash, in the signer's interface. */
class Sha256 {
  readonly #secret: string | ArrayBuffer | ArrayBufferView | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret;
    this.#hash = open(secret);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = open(this.#secret);
  }
}

function open(secret: string | ArrayBuffer | ArrayBufferView | undefined): Hash | Hmac {
  return secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
