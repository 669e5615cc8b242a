import type { ResourceIndex } from './resource-index.ts';

/** Addresses, each list sorted. */
export interface ResourceChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What happened to the managed resources between two states; undefined when either index is unknown. */
export function compareResources(
  before: ResourceIndex | undefined,
  after: ResourceIndex | undefined,
): ResourceChanges | undefined {
  if (before === undefined || after === undefined) return undefined;
  const ours = [...after.keys()];
  return {
    added: ours.filter((address) => !before.has(address)).sort(),
    changed: ours
      .filter((address) => before.has(address) && before.get(address) !== after.get(address))
      .sort(),
    removed: [...before.keys()].filter((address) => !after.has(address)).sort(),
  };
}
