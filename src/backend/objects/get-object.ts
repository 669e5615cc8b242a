import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { AwsError } from '../../aws/errors.ts';
import type { S3Part } from '../../aws/s3.ts';
import type { Backend } from '../settings.ts';
import { readHeaders } from './object-headers.ts';

/** The state object or one beside it, and which version of it; the current one without an id. */
export interface ObjectToGet {
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** What an object has besides its body. */
export type ObjectFacts = Pick<GetObjectCommandOutput, 'ETag' | 'VersionId' | 'LastModified' | 'Metadata'>;

/**
 * Gets an object of the state's bucket with its encryption settings; undefined when there is none. `read` reads the
 * body, from the start again at each retry. Errors: AwsError, and what `read` throws.
 */
export async function getObject<Result>(
  { aws, address: { bucket }, objects }: Pick<Backend, 'aws' | 'address' | 'objects'>,
  { key, versionId }: ObjectToGet,
  read: (body: Readable, facts: ObjectFacts, signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const build = ({ GetObjectCommand }: S3Part) =>
    new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      VersionId: versionId,
      ...readHeaders(objects),
    });
  const api = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  try {
    return await aws.call({ api, resource: `s3://${bucket}/${key}` }, async (abortSignal) => {
      const response = await aws.s3.send(build, { abortSignal });
      return await read(requireStream(response.Body), response, abortSignal);
    });
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'no_such_key') return undefined;
    throw error;
  }
}

/** The body of an answer as a Node stream. Throws TypeError for any other type. */
export function requireStream(body: unknown): Readable {
  if (body instanceof Readable) return body;
  throw new TypeError('the S3 client returned no body stream');
}
