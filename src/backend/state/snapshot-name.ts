import { type StateAddress, snapshotsFolder } from '../address.ts';

/** What the name of a snapshot says of the state in it. */
export interface SnapshotName {
  readonly serial: bigint;
  /** Hex. */
  readonly md5: string;
}

const NAME = /^(\d{1,20})-([0-9a-f]{32})$/;

/** Key of the snapshot of a state. The same state always has the same one, so that nothing else is ever under it. Pure. */
export function snapshotKey(address: StateAddress, { serial, md5 }: SnapshotName): string {
  return `${snapshotsFolder(address)}${serial}-${md5}`;
}

/** Undefined: an object of this name is none of ours. Pure. */
export function parseSnapshotName(text: string): SnapshotName | undefined {
  const [, serial, md5] = NAME.exec(text) ?? [];
  return serial === undefined || md5 === undefined ? undefined : { serial: BigInt(serial), md5 };
}
