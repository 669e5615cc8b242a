import type { StateAddress } from '../../backend/address.ts';
import type { OurLock } from '../../backend/lock/lock-store.ts';
import { type Freeze, freezeFields } from '../../backend/records/freeze.ts';
import {
  formatCreated,
  newLockId,
  parseLockHolder,
  serializeLockInfo,
} from '../../backend/records/lock-info.ts';
import { VERSION } from '../../job-state/version.ts';
import type { Job } from '../../runner/job.ts';
import type { Machine } from '../../runner/machine.ts';

/** What all states that are frozen together have in common. Pure. */
export function newFreeze(
  job: Job,
  machine: Pick<Machine, 'host' | 'user'>,
  until: number,
  reason: string,
): Freeze {
  const by = `${job.actor || machine.user() || 'unknown'}@${job.repository || machine.host}`;
  return { until, reason, by, runUrl: job.runUrl === '' ? undefined : job.runUrl };
}

/** The lock that freezes a state. Nothing renews it: it lasts until its date. `now` in ms since the epoch. */
export function freezeLock(address: StateAddress, freeze: Freeze, now: number): OurLock {
  const id = newLockId();
  const common = { id, version: VERSION, created: formatCreated(now), path: address.lockPath };
  return { id, info: serializeLockInfo({ ...common, ...freezeFields(freeze) }), heartbeatMs: undefined };
}

/** The holder as others will read it. Pure. */
export const holderOfLock = ({ info }: OurLock) => parseLockHolder(info);
