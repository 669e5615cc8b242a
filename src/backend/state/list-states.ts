import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { addressOfObject, type StateAddress } from '../address.ts';
import type { Backend } from '../settings.ts';

/** How a state's key ends where states are found by a prefix: nothing else tells them from other objects. */
export const STATE_ENDING = '.tfstate';

/** Ends the folders beside a state that this action makes: what lies in them is no state, whatever its name. */
const FOLDERS = /\.(?:rescue|plans)\//;

/** Whether an object found by a prefix is a state, by its key. Pure. */
export function isStateKey(key: string): boolean {
  return key.endsWith(STATE_ENDING) && !key.endsWith(`/${STATE_ENDING}`) && !FOLDERS.test(key);
}

/**
 * The states whose objects lie below a prefix (which ends in `/`), at any depth, in S3's order; at most `most` and one more.
 * Errors: AwsError.
 */
export async function listStatesBelow(
  backend: Backend,
  prefix: string,
  most: number,
): Promise<StateAddress[]> {
  const { bucket, workspace } = backend.address;
  const states: StateAddress[] = [];
  let token: string | undefined;
  do {
    const page = await listPage(backend, prefix, token);
    states.push(
      ...keysOfPage(page)
        .filter(isStateKey)
        .map((key) => addressOfObject(bucket, workspace, key)),
    );
    // A store that gives the same page again would have us list for ever.
    token = page.NextContinuationToken === token ? undefined : page.NextContinuationToken;
  } while (token !== undefined && states.length <= most);
  return states.slice(0, most + 1);
}

async function listPage(
  { aws, address: { bucket } }: Backend,
  prefix: string,
  token: string | undefined,
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    ContinuationToken: token,
    // A key may have characters that XML can't carry.
    EncodingType: 'url',
  });
  const call = { api: 's3:ListBucket', resource: `s3://${bucket}/${prefix}` };
  return await aws.call(call, (abortSignal) => aws.s3.send(command, { abortSignal }));
}

/** The keys of a page, as they are; a store that does not know the encoding does not name it in its answer. */
export function keysOfPage({ Contents = [], EncodingType }: ListObjectsV2CommandOutput): string[] {
  const keys = Contents.flatMap(({ Key }) => Key ?? []);
  return EncodingType === 'url' ? keys.map((key) => decodeURIComponent(key.replaceAll('+', ' '))) : keys;
}
