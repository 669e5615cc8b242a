import { LONGEST_FIELD } from '../backend/records/lock-info.ts';
import type { RunProblem } from '../github/run-status.ts';
import { formatDuration } from '../time/duration.ts';
import { plain } from './plain.ts';

/** Why nobody can ask GitHub about the holder of a lock. */
export type NoRunReason =
  | { readonly kind: 'holder_unreadable' }
  /** It is meant to outlive its run. */
  | { readonly kind: 'frozen' }
  /** It has fields longer than are read. */
  | { readonly kind: 'oversized' }
  | { readonly kind: 'names_no_run' }
  | { readonly kind: 'names_several_runs' }
  /** The run is of another GitHub server than `serverUrl`, that of this job. */
  | { readonly kind: 'other_server'; readonly serverUrl: string }
  | { readonly kind: 'no_attempt' };

/** Why a lock is not provably stale. All times are in ms. */
export type NotStaleReason =
  | NoRunReason
  | { readonly kind: 'run_not_looked_up' }
  | { readonly kind: 'run_unknown'; readonly problem: RunProblem }
  | { readonly kind: 'run_going_on' }
  | { readonly kind: 'no_job_ran' }
  | { readonly kind: 'ended_recently'; readonly endedMs: number; readonly staleAfterMs: number }
  /** The run has ended; its heartbeat would have to be watched for longer than anybody waits. */
  | { readonly kind: 'heartbeat_too_slow'; readonly intervalMs: number }
  /** The run has ended; its heartbeat was not watched for all of `watchMs`. */
  | { readonly kind: 'heartbeat_unwatched'; readonly endedMs: number; readonly watchMs: number }
  | { readonly kind: 'renewed_while_watched' }
  /** It was proven stale, and then a heartbeat came before its delete. */
  | { readonly kind: 'renewed_at_last' }
  /** Its holder's lock item stays, for whatever reason, and only that shows whether the holder lives. */
  | { readonly kind: 'item_not_freed' };

/** What proves that a lock is stale. Times in ms. */
export interface StaleProof {
  /** How long ago the holder's job ended, by GitHub's clock. */
  readonly endedMs: number;
  /** How long its heartbeat was seen to stand still; undefined: it has none. */
  readonly stillMs: number | undefined;
}

/** What is known of whether the lock in the way is a dead run's. */
export type StaleFinding =
  | { readonly stale: true; readonly proof: StaleProof; readonly isBreaking: boolean }
  | {
      /** Undefined: nobody can tell. */
      readonly stale: false | undefined;
      readonly reason: NotStaleReason;
      /** Whether a stale lock was to be taken over. */
      readonly isBreaking: boolean;
    };

/** Why a lock is stale; ends a sentence that names the lock. Pure. */
export function describeProof({ endedMs, stillMs }: StaleProof): string {
  const still = stillMs === undefined ? '' : `, and its heartbeat stood still for ${formatDuration(stillMs)}`;
  return `${describeEnd(endedMs)}${still}`;
}

/** Why a lock is not provably stale; ends a sentence that names the lock. Other people's text in it is plain. Pure. */
export function describeNotStale(reason: NotStaleReason): string {
  switch (reason.kind) {
    case 'holder_unreadable':
      return "it can't be read (the unlock action frees it with force: true)";
    case 'frozen':
      return 'it is a freeze, which outlives its run; the freeze action ends it with command: thaw';
    case 'oversized':
      return `it has fields of more than ${LONGEST_FIELD} characters, which neither Terraform nor this action writes`;
    case 'names_no_run':
      return 'it names no run of GitHub Actions, so a person or another system may hold it';
    case 'names_several_runs':
      return 'it names more than one run';
    case 'other_server':
      return `its run is not on this server, ${plain(reason.serverUrl)}`;
    case 'no_attempt':
      return 'it does not say which attempt of its run holds it';
    case 'run_not_looked_up':
      return 'its run was not looked up';
    case 'run_unknown':
      return describeRunProblem(reason.problem);
    case 'run_going_on':
      return 'its run is still going on';
    case 'no_job_ran':
      return 'no job of its run ever ran';
    case 'ended_recently':
      return `its job ended only ${formatDuration(reason.endedMs)} ago, and stale_after is ${formatDuration(reason.staleAfterMs)}`;
    case 'heartbeat_too_slow':
      return `its run has ended, but its heartbeat comes every ${formatDuration(reason.intervalMs)}, which is too slow to watch here`;
    case 'heartbeat_unwatched':
      return `${describeEnd(reason.endedMs)}, but its heartbeat was not watched for the full ${formatDuration(reason.watchMs)}`;
    case 'renewed_while_watched':
      return 'its run has ended, but its heartbeat continued while we watched';
    case 'renewed_at_last':
      return 'its heartbeat just continued';
    case 'item_not_freed':
      return 'its lock item could not be freed, and only that shows whether its holder lives';
  }
}

/** What is known of a lock's holder; ends a sentence that names the lock. Pure. */
export function describeFinding(finding: StaleFinding): string {
  if (finding.stale === true) return describeProof(finding.proof);
  const why = describeNotStale(finding.reason);
  const isUnwatched = finding.reason.kind === 'heartbeat_unwatched' && !finding.isBreaking;
  return isUnwatched
    ? `${why}, which stale_lock: break and the unlock action's only_if_stale watch for`
    : why;
}

function describeRunProblem(problem: RunProblem): string {
  switch (problem.kind) {
    case 'jobs_not_listed':
      return 'GitHub does not list all jobs of its run';
    case 'no_end_time':
      return 'GitHub gives no time for the end of its run';
    case 'answer_not_understood':
      return 'GitHub gave an unusable answer about its run';
    case 'unreachable':
      return `GitHub could not be asked about its run (${plain(problem.detail)})`;
    case 'no_such_run':
      return 'GitHub knows no such run, or github_token may not see it (404)';
    case 'refused':
      return `GitHub refused to answer about its run (${problem.status}: ${plain(problem.detail)})${tokenFix(problem.status)}`;
  }
}

function tokenFix(status: number): string {
  return status === 401 || status === 403 ? '; github_token needs actions: read on its repository' : '';
}

function describeEnd(endedMs: number): string {
  return `its run has ended, its job ${formatDuration(endedMs)} ago`;
}
