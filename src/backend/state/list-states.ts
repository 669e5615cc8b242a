import { addressOfObject, type StateAddress } from '../address.ts';
import { listObjects } from '../objects/list-objects.ts';
import type { Backend } from '../settings.ts';

/** How the keys of states end when states are found by a prefix. Nothing else distinguishes them from other objects. */
export const STATE_ENDING = '.tfstate';
/** A name that completes a prefix to the key of a state, so that the prefix is checked like a key. */
export const ANY_STATE = `any${STATE_ENDING}`;

/** The ends of the folders that this action creates beside a state. Nothing in them is a state, whatever its name. */
const FOLDERS = /\.(?:rescue|plans|backup|queue)\//;

/** Whether an object found by a prefix is a state, according to its key. Pure. */
export function isStateKey(key: string): boolean {
  return key.endsWith(STATE_ENDING) && !key.endsWith(`/${STATE_ENDING}`) && !FOLDERS.test(key);
}

/**
 * The states whose objects are below a prefix (which ends in `/`), at any depth, in S3's order. Returns at most one
 * more than `most`.
 *
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
