import { publishedOutputsKey } from '../backend/address.ts';
import type { StateScope } from '../backend/state-error.ts';

/** The state object as the AWS CLI names it. */
export function stateUrl({ address }: Pick<StateScope, 'address'>): string {
  return `s3://${address.bucket}/${address.objectKey}`;
}

/** The object with its published outputs. */
export function publishedUrl({ address }: Pick<StateScope, 'address'>): string {
  return `s3://${address.bucket}/${publishedOutputsKey(address)}`;
}
