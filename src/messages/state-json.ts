import type { StateAddress } from '../backend/address.ts';

/** A state's location in the form of `result`. Pure. */
export function stateJson({ bucket, objectKey, workspace }: StateAddress): Record<string, string> {
  return { bucket, key: objectKey, workspace };
}
