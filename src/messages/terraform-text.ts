import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import type { RunningTerraform } from '../runner/running-terraform.ts';
import { formatDuration } from '../time/duration.ts';
import { waysToFree } from './free-lines.ts';

/** The job's Terraform is still running after the job's steps. */
export function askedText(pid: number, waitMs: number): string {
  return `This job's Terraform, process ${pid}, is still running. Sent it SIGINT to make it stop and write its state. Waiting up to ${formatDuration(waitMs)} for it.`;
}

/** The same for another user's Terraform, which the action can't signal. */
export function unreachableText(pid: number, waitMs: number): string {
  return `Another user's Terraform, process ${pid}, works on this job's state. The action can't send it a signal. Waiting up to ${formatDuration(waitMs)} for it.`;
}

/** Terraform did not stop when asked to. */
export function endedByForceText(pid: number): string {
  return `Terraform, process ${pid}, did not stop in time, so the action kills it. What it created but has not written is in no state.`;
}

/** Terraform's state file on this machine may lack Terraform's last changes. */
export function cutOffText(fate: 'killed' | 'maybe_working'): string {
  const what =
    fate === 'killed'
      ? "This job's Terraform was killed while it worked on the state"
      : "This job's Terraform still works on the state, or was killed";
  return `${what}. The action uses the state that this Terraform has written so far. What it created after that is in no state.`;
}

/**
 * The error for a lock that stays because a Terraform that can't be stopped still works under it. Without `holder` there is no lock.
 */
export function lockStaysText(
  scope: StateScope,
  left: readonly RunningTerraform[],
  holder: LockHolder | undefined,
): string {
  const { lockPath: lockId } = scope.address;
  const what = `this job's Terraform, ${nameProcesses(left)}, still works on the state and could not be stopped.`;
  const first =
    holder === undefined ? `${lockId} is in use: ${what}` : `The lock of ${lockId} stays: ${what}`;
  return [
    first,
    'What it writes from now on is in no state in S3. Stop it, or wait until it ends. Then check what it has created.',
    ...(holder === undefined ? [] : ['Then free the lock with', ...waysToFree(scope, holder)]),
  ].join('\n');
}

/** `process 7`, `processes 7, 8`. */
export function nameProcesses(running: readonly RunningTerraform[]): string {
  const ids = running.map(({ pid }) => pid).join(', ');
  return `${running.length === 1 ? 'process' : 'processes'} ${ids}`;
}

/** The log's line when only Terraform's own mark beside a state shows that it is in use. */
export function markedLine(mark: string): string {
  return `${mark}: this job's Terraform works on the state, or was killed.`;
}

/** The log's line while a job waits for a Terraform that another job may have started. */
export function othersRunLine(waitMs: number): string {
  return `A Terraform that may belong to another job is running. Waiting up to ${formatDuration(waitMs)} for it.`;
}

/** The same when the action can't see whether one is running. */
export function maybeRunningLine(waitMs: number): string {
  return `Waiting ${formatDuration(waitMs)} for a Terraform that may still be running.`;
}
