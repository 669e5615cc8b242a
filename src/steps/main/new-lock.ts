import type { StateAddress } from '../../backend/address.ts';
import { formatCreated, type LockInfo, newLockId } from '../../backend/lock/lock-info.ts';
import { VERSION } from '../../job-state/version.ts';
import type { Job } from '../../runner/job.ts';

/** Our lock, as Terraform and OpenTofu will show it to whoever waits for it. `now` in ms since the epoch. */
export function newLock(address: StateAddress, job: Job, now: number): LockInfo {
  return {
    id: newLockId(),
    operation: 'terraform-s3-state',
    info: describeJob(job),
    who: `${job.actor}@${job.runnerName}`,
    version: VERSION,
    created: formatCreated(now),
    path: address.lockPath,
  };
}

function describeJob(job: Job): string {
  const parts = [job.repository, `workflow "${job.workflow}"`, `job "${job.job}"`, job.runUrl];
  // The first thing a reader needs who meets this lock from inside of that very job.
  const hint = '(a terraform in that job is to use the pulled state: see working_directory)';
  return `${parts.filter(Boolean).join(', ')} ${hint}`.replaceAll(/[\r\n]+/g, ' ');
}
