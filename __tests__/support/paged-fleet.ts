import { stateText } from '../packaged/states.ts';
import { MODIFIED, type PagedStore } from './paged-store.ts';

/** The state that has many workspaces or versions. */
export const FLEET_KEY = 'network/terraform.tfstate';
/** One state of so many is locked. */
const STATES_FOR_A_LOCK = 100;

/** States with an object and a digest each; one of 100 is locked. */
export function addLockedStates({ objects, items }: PagedStore, states: number): void {
  for (let i = 0; i < states; i += 1) {
    const key = `team-${i % 50}/service-${i}/terraform.tfstate`;
    objects.set(key, '');
    items.set(`states/${key}-md5`, { Digest: { S: 'd41d8cd98f00b204e9800998ecf8427e' } });
    if (i % STATES_FOR_A_LOCK > 0) continue;
    const info = { ID: `${i}`, Operation: 'apply', Info: '', Who: 'alice@laptop', Version: '1.11.4' };
    const lock = JSON.stringify({ ...info, Created: '2026-01-01T00:00:00Z', Path: `states/${key}` });
    // Half of them in each store.
    if (i % (2 * STATES_FOR_A_LOCK) === 0) items.set(`states/${key}`, { Info: { S: lock } });
    else objects.set(`${key}.tflock`, lock);
  }
}

/** States that were last written under both locks, with the versions that prove it. */
export function addStatesUnderBothLocks({ objects, items, versions }: PagedStore, states: number): void {
  for (let i = 0; i < states; i += 1) {
    const key = `team-${i % 50}/service-${i}/terraform.tfstate`;
    objects.set(key, '');
    items.set(`states/${key}-md5`, { Digest: { S: 'd41d8cd98f00b204e9800998ecf8427e' } });
    versions.set(key, [{ id: 'v1', body: '', time: MODIFIED }]);
    versions.set(`${key}.tflock`, [
      { id: 'l2', body: undefined, time: '2026-01-01T00:00:05.000Z' },
      { id: 'l1', body: '{}', time: '2025-12-31T23:59:55.000Z' },
    ]);
  }
}

/** Versions of an object that lies between a state and its lock file, such as its published outputs. */
export function addVersionsBeside({ versions }: PagedStore, key: string, count: number): void {
  const kept = Array.from({ length: count }, (_, i) => ({ id: `o${count - i}`, body: '{}', time: MODIFIED }));
  versions.set(`${key}.outputs.json`, kept);
}

/** Workspaces of the state `FLEET_KEY`. */
export function addWorkspaces({ objects }: PagedStore, workspaces: number): void {
  for (let i = 0; i < workspaces; i += 1) {
    objects.set(`env:/workspace-${String(i).padStart(5, '0')}/${FLEET_KEY}`, '');
  }
}

/** Versions of the state `FLEET_KEY`: `v1` is the oldest. */
export function addVersions({ objects, versions }: PagedStore, count: number): void {
  const numbers = Array.from({ length: count }, (_, i) => count - i);
  const kept = numbers.map((serial) => ({
    id: `v${serial}`,
    body: stateText({ serial, value: `value ${serial}` }),
    time: new Date(Date.parse(MODIFIED) + serial * 60_000).toISOString(),
  }));
  versions.set(FLEET_KEY, kept);
  objects.set(FLEET_KEY, kept[0]?.body ?? '');
}
