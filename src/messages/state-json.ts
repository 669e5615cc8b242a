import type { StateAddress } from '../backend/address.ts';

/** Which state, as `result` has it. Pure. */
export function stateJson({ bucket, objectKey, workspace }: StateAddress): Record<string, string> {
  return { bucket, key: objectKey, workspace };
}
