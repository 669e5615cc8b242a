import type { StateAddress } from '../../backend/address.ts';
import { formatCreated, type LockInfo, newLockId } from '../../backend/lock/lock-info.ts';
import { VERSION } from '../../job-state/version.ts';
import type { Job } from '../../runner/job.ts';
import type { Machine } from '../../runner/machine.ts';

/** The machine under its own names, for runners that tell less than GitHub's. */
export type HostNames = Pick<Machine, 'host' | 'user'>;

/** Our lock, as Terraform and OpenTofu will show it to whoever waits for it. `now` in ms since the epoch. */
export function newLock(address: StateAddress, job: Job, machine: HostNames, now: number): LockInfo {
  return {
    id: newLockId(),
    operation: 'terraform-s3-state',
    info: describeJob(job),
    who: `${job.actor || machine.user() || 'unknown'}@${job.runnerName || machine.host}`,
    version: VERSION,
    created: formatCreated(now),
    path: address.lockPath,
  };
}

function describeJob(job: Job): string {
  const parts = [
    job.repository,
    job.workflow && `workflow "${job.workflow}"`,
    job.job && `job "${job.job}"`,
    job.runUrl || (job.runId && `run ${job.runId}, attempt ${job.runAttempt}`),
  ];
  // The first thing a reader needs who meets this lock from inside of that very job.
  const hint = '(a terraform in that job is to use the pulled state: see working_directory)';
  return `${parts.filter(Boolean).join(', ')} ${hint}`.trimStart().replaceAll(/[\r\n]+/g, ' ');
}
