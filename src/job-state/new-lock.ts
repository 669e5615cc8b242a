import type { StateAddress } from '../backend/address.ts';
import { formatCreated, type LockInfo, newLockId } from '../backend/records/lock-info.ts';
import type { Job } from '../runner/job.ts';
import type { Machine } from '../runner/machine.ts';
import { VERSION } from './version.ts';

/** The machine's own names, for runners that provide less than GitHub's. */
export type HostNames = Pick<Machine, 'host' | 'user'>;

/** The purpose of a lock, in the word that Terraform shows, and whether the job's Terraform works under it. */
export interface LockPurpose {
  readonly operation: string;
  readonly isForJob: boolean;
}

/** For all of a job. */
export const FOR_JOB: LockPurpose = { operation: 'terraform-s3-state', isForJob: true };

/**
 * Our lock as Terraform and OpenTofu show it to whoever waits for it. `now` in ms since the epoch. Pure except for the
 * id.
 */
export function newLock(
  address: StateAddress,
  job: Job,
  machine: HostNames,
  now: number,
  { operation, isForJob }: LockPurpose = FOR_JOB,
): LockInfo {
  return {
    id: newLockId(),
    operation,
    info: describeJob(job, isForJob),
    who: `${job.actor || machine.user() || 'unknown'}@${job.runnerName || machine.host}`,
    version: VERSION,
    created: formatCreated(now),
    path: address.lockPath,
  };
}

function describeJob(job: Job, isForJob: boolean): string {
  const parts = [
    job.repository,
    job.workflow && `workflow "${job.workflow}"`,
    job.job && `job "${job.job}"`,
    job.runUrl || (job.runId && `run ${job.runId}, attempt ${job.runAttempt}`),
  ];
  // The first thing to know for somebody who meets this lock from inside that same job.
  const hint = isForJob ? '(Terraform in that job must use the pulled state: see working_directory)' : '';
  return `${parts.filter(Boolean).join(', ')} ${hint}`.trim().replaceAll(/[\r\n]+/g, ' ');
}
