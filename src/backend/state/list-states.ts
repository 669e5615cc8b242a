import { addressOfObject, type StateAddress } from '../address.ts';
import { listObjects } from '../objects/list-objects.ts';
import type { Backend } from '../settings.ts';

/** How a state's key ends where states are found by a prefix: nothing else tells them from other objects. */
export const STATE_ENDING = '.tfstate';

/** Ends the folders beside a state that this action makes: what lies in them is no state, whatever its name. */
const FOLDERS = /\.(?:rescue|plans|backup)\//;

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
  for await (const page of listObjects(backend, prefix)) {
    const keys = page.map(({ key }) => key).filter(isStateKey);
    states.push(...keys.map((key) => addressOfObject(bucket, workspace, key)));
    if (states.length > most) break;
  }
  return states.slice(0, most + 1);
}
