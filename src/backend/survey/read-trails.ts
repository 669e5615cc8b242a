import { addressOfObject } from '../address.ts';
import type { Backend } from '../settings.ts';
import { listVersionsPage } from '../state/list-versions.ts';
import type { LockFileTrail } from './lock-file-trail.ts';
import { mapAtOnce } from './map-at-once.ts';
import { readTrailsInBulk } from './trails-in-bulk.ts';

/** The states whose versions one walk through the list collects. */
const STATES_OF_A_WALK = 250;
const WALKS_AT_ONCE = 16;

/**
 * The trails of states, in the order of their keys, as far as lists of the whole prefix give them cheaply. The others are
 * cheaper one by one. Errors: AwsError.
 */
export async function readTrails(
  backend: Backend,
  prefix: string,
  objectKeys: readonly string[],
): Promise<ReadonlyMap<string, LockFileTrail>> {
  // One list of its own shows all of a single state.
  if (objectKeys.length < 2) return new Map();
  const { bucket, workspace } = backend.address;
  const addresses = objectKeys.map((objectKey) => addressOfObject(bucket, workspace, objectKey));
  const walks: (typeof addresses)[] = [];
  for (let from = 0; from < addresses.length; from += STATES_OF_A_WALK) {
    walks.push(addresses.slice(from, from + STATES_OF_A_WALK));
  }
  const found = await mapAtOnce(walks, WALKS_AT_ONCE, (states) =>
    readTrailsInBulk((after) => listVersionsPage(backend, prefix, after), states),
  );
  return new Map(found.flatMap((trails) => [...trails]));
}
