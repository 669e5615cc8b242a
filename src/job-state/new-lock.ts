import type { StateAddress } from '../backend/address.ts';
import { formatCreated, type LockInfo, newLockId } from '../backend/records/lock-info.ts';
import type { Job } from '../runner/job.ts';
import type { Machine } from '../runner/machine.ts';
import { VERSION } from './version.ts';

/** The machine under its own names, for runners that tell less than GitHub's. */
export type HostNames = Pick<Machine, 'host' | 'user'>;

/** What a lock is taken for, in the word that Terraform shows; and whether the job's Terraform is to work under it. */
export interface LockPurpose {
  readonly operation: string;
  readonly isForJob: boolean;
}

/** For all of a job. */
export const FOR_JOB: LockPurpose = { operation: 'terraform-s3-state', isForJob: true };

/** Our lock, as Terraform and OpenTofu will show it to whoever waits for it. `now` in ms since the epoch. Pure but for the id. */
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
  // The first thing a reader needs who meets this lock from inside of that very job.
  const hint = isForJob ? '(Terraform in that job must use the pulled state: see working_directory)' : '';
  return `${parts.filter(Boolean).join(', ')} ${hint}`.trim().replaceAll(/[\r\n]+/g, ' ');
}
