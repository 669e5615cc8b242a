import type { CallDescription } from '../../aws/aws.ts';
import type { S3Part } from '../../aws/s3.ts';
import type { Backend } from '../settings.ts';

/** Deletes an object of the state's bucket, whatever it holds; none is no error. A versioned bucket keeps its versions. Errors: AwsError. */
export async function deleteObject(
  { aws, address: { bucket } }: Pick<Backend, 'aws' | 'address'>,
  key: string,
  limits: Pick<CallDescription, 'tryForMs'> = {},
): Promise<void> {
  const build = ({ DeleteObjectCommand }: S3Part) => new DeleteObjectCommand({ Bucket: bucket, Key: key });
  const call = { api: 's3:DeleteObject', resource: `s3://${bucket}/${key}`, ...limits };
  await aws.call(call, (abortSignal) => aws.s3.send(build, { abortSignal }));
}
