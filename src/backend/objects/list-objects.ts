import type { ListObjectsV2CommandInput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { CallDescription } from '../../aws/aws.ts';
import type { S3Part } from '../../aws/s3.ts';
import type { Backend } from '../settings.ts';

/** An object in a listing. */
export interface ListedObject {
  readonly key: string;
  /** Bytes; undefined when the store does not say. */
  readonly size: number | undefined;
  /** In ms since the epoch; undefined when the store does not say. */
  readonly modifiedAt: number | undefined;
  /** As S3 writes it, with its quotes; undefined where the store does not tell. */
  readonly etag: string | undefined;
}

/** The objects whose keys have this prefix, in S3's order, one page of 1,000 at a time. Errors: AwsError. */
export async function* listObjects(
  backend: Backend,
  prefix: string,
): AsyncGenerator<readonly ListedObject[], void> {
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await listPage(backend, prefix, { ContinuationToken: token });
    const keys = keysOfPage(page);
    const contents = (page.Contents ?? []).filter(({ Key }) => Key !== undefined);
    yield contents.map(({ Size, LastModified, ETag }, i) => ({
      key: keys[i] ?? '',
      size: Size,
      modifiedAt: LastModified?.getTime(),
      etag: ETag,
    }));
    // A store that returns the same page again would make this loop endless.
    token = page.NextContinuationToken === token ? undefined : page.NextContinuationToken;
  } while (token !== undefined);
}

/** One page of a listing, from any position; with a `Delimiter`, without the objects in deeper folders. Errors: AwsError. */
export async function listPage(
  { aws, address: { bucket } }: Backend,
  prefix: string,
  from: Pick<ListObjectsV2CommandInput, 'ContinuationToken' | 'StartAfter' | 'Delimiter'>,
  limits: Pick<CallDescription, 'tryForMs'> = {},
): Promise<ListObjectsV2CommandOutput> {
  const build = ({ ListObjectsV2Command }: S3Part) =>
    new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      ...from,
      // A key may contain characters that XML can't represent.
      EncodingType: 'url',
    });
  const call = { api: 's3:ListBucket', resource: `s3://${bucket}/${prefix}`, ...limits };
  return await aws.call(call, (abortSignal) => aws.s3.send(build, { abortSignal }));
}

/** The decoded keys of a page. A store that does not support the encoding does not name it in its answer. */
export function keysOfPage({ Contents = [], EncodingType }: ListObjectsV2CommandOutput): string[] {
  const keys = Contents.flatMap(({ Key }) => Key ?? []);
  return EncodingType === 'url' ? keys.map((key) => decodeURIComponent(key.replaceAll('+', ' '))) : keys;
}
