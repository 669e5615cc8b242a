import type { Readable } from 'node:stream';
import type { PutObjectCommandInput, PutObjectCommandOutput } from '@aws-sdk/client-s3';
import { repeatableBody } from './repeatable-body.ts';
import type { S3, S3Part } from './s3.ts';

/**
 * One PutObject of a stream that can be recreated if the store redirects it, and whose SHA-256 is known. The payload is
 * signed and sent with its length, not in chunks with a trailer, as S3-compatible stores prefer
 * (docs/protocol.md#checksums).
 */
export async function putFile(
  s3: Pick<S3, 'send'>,
  input: PutObjectCommandInput,
  read: () => Readable,
  sha256: Buffer,
  abortSignal: AbortSignal,
): Promise<PutObjectCommandOutput> {
  const sent: Readable[] = [];
  const Body = repeatableBody(() => {
    const body = read();
    sent.push(body);
    return body;
  });
  const build = ({ PutObjectCommand }: S3Part) => {
    const command = new PutObjectCommand({ ...input, Body });
    command.middlewareStack.add(
      (next) => (args) => {
        const { request } = args;
        if (hasHeaders(request)) request.headers['x-amz-content-sha256'] = sha256.toString('hex');
        return next(args);
      },
      { step: 'build', name: 'signKnownPayload' },
    );
    return command;
  };
  try {
    return await s3.send(build, { abortSignal });
  } finally {
    for (const body of sent) body.destroy();
  }
}

function hasHeaders(request: unknown): request is { headers: Record<string, string> } {
  return typeof request === 'object' && request !== null && 'headers' in request;
}
