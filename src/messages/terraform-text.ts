import type { LockHolder } from '../backend/records/lock-info.ts';
import type { StateScope } from '../backend/state-error.ts';
import type { RunningTerraform } from '../runner/running-terraform.ts';
import { formatDuration } from '../time/duration.ts';
import { waysToFree } from './free-lines.ts';

/** A Terraform of the job that goes on after the job's steps. */
export function askedText(pid: number, waitMs: number): string {
  return `A Terraform of this job still runs, process ${pid}. Sent it SIGINT to make it stop and write its state. Waiting up to ${formatDuration(waitMs)} for it.`;
}

/** The same of another user, which our signals don't reach. */
export function unreachableText(pid: number, waitMs: number): string {
  return `A Terraform of another user works on this job's state, process ${pid}, and can't be sent a signal. Waiting up to ${formatDuration(waitMs)} for it.`;
}

/** It did not stop when it was asked to. */
export function endedByForceText(pid: number): string {
  return `Terraform, process ${pid}, did not stop in time, so the action kills it. What it created and did not yet write is in no state.`;
}

/** Terraform's state file on this machine may lack what a Terraform did last. */
export function cutOffText(fate: 'killed' | 'maybe_working'): string {
  const what =
    fate === 'killed'
      ? 'A Terraform of this job was killed while it worked on the state'
      : 'A Terraform of this job still works on the state, or was killed';
  return `${what}. The action uses the state that this Terraform has written so far. What it created after that is in no state.`;
}

/**
 * A lock that stays, red, since a Terraform that nobody can end still works under it; without `holder` there is none.
 */
export function lockStaysText(
  scope: StateScope,
  left: readonly RunningTerraform[],
  holder: LockHolder | undefined,
): string {
  const { lockPath: lockId } = scope.address;
  const what = `a Terraform of this job, ${nameProcesses(left)}, still works on the state and could not be stopped.`;
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

/** The log's line where nothing but Terraform's own mark beside a state shows that one works on it. */
export function markedLine(mark: string): string {
  return `${mark}: a Terraform of this job works on the state, or was killed.`;
}

/** The log's line while a job waits for a Terraform that another job may have started. */
export function othersRunLine(waitMs: number): string {
  return `A Terraform that may belong to another job is running. Waiting up to ${waitMs / 1000} s for it.`;
}

/** The same where nobody can see whether one runs. */
export function maybeRunningLine(waitMs: number): string {
  return `Waiting ${waitMs / 1000} s for a Terraform that may still be running.`;
}
