import type { StatePlace } from '../../backend/faults.ts';

/** The state object as the AWS CLI names it. */
export function stateUrl({ address }: Pick<StatePlace, 'address'>): string {
  return `s3://${address.bucket}/${address.objectKey}`;
}
