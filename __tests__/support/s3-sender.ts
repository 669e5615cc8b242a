import type { S3Client } from '@aws-sdk/client-s3';
import type { S3 } from '../../src/aws/s3.ts';
import * as part from '../../src/aws/s3-part.ts';

/** A client that is loaded already, as our code sends with it. */
export function s3Sender(client: S3Client): Pick<S3, 'send'> {
  return { send: (build, options) => client.send(build(part), options) };
}
