import { type StateAddress, snapshotsFolder } from '../address.ts';

/** What a snapshot's name says about its state. */
export interface SnapshotName {
  readonly serial: bigint;
  /** Hex. */
  readonly md5: string;
}

const NAME = /^(\d{1,20})-([0-9a-f]{32})$/;

/**
 * The key of a state's snapshot. The same state always has the same key, so no other state is ever stored under it.
 * Pure.
 */
export function snapshotKey(address: StateAddress, { serial, md5 }: SnapshotName): string {
  return `${snapshotsFolder(address)}${serial}-${md5}`;
}

/** Undefined when an object with this name is not a snapshot. Pure. */
export function parseSnapshotName(text: string): SnapshotName | undefined {
  const [, serial, md5] = NAME.exec(text) ?? [];
  return serial === undefined || md5 === undefined ? undefined : { serial: BigInt(serial), md5 };
}
