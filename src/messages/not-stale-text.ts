import { LONGEST_FIELD } from '../backend/records/lock-info.ts';
import type { RunProblem } from '../github/run-status.ts';
import { formatAgo, formatDuration } from '../time/duration.ts';
import { plain } from './plain.ts';

/** Why GitHub can't be asked about the holder of a lock. */
export type NoRunReason =
  | { readonly kind: 'holder_unreadable' }
  /** It is meant to outlive its run. */
  | { readonly kind: 'frozen' }
  /** It has fields that are too long to read. */
  | { readonly kind: 'oversized' }
  | { readonly kind: 'names_no_run' }
  | { readonly kind: 'names_several_runs' }
  /** The run is not on `serverUrl`, the GitHub server of this job. */
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
  /** The run has ended, but its heartbeat is too slow to watch. */
  | { readonly kind: 'heartbeat_too_slow'; readonly intervalMs: number }
  /** The run has ended, but its heartbeat was not watched for all of `watchMs`. */
  | { readonly kind: 'heartbeat_unwatched'; readonly endedMs: number; readonly watchMs: number }
  | { readonly kind: 'renewed_while_watched' }
  /** It was proven stale, but a heartbeat came before the delete. */
  | { readonly kind: 'renewed_at_last' };

const WITHOUT_RUN: ReadonlySet<NotStaleReason['kind']> = new Set<NoRunReason['kind']>([
  'holder_unreadable',
  'frozen',
  'oversized',
  'names_no_run',
  'names_several_runs',
  'other_server',
  'no_attempt',
]);

/** Whether no run was looked up, because the lock names none that can be. Pure. */
export function isWithoutRun({ kind }: NotStaleReason): boolean {
  return WITHOUT_RUN.has(kind);
}

/** What proves that a lock is stale. Times in ms. */
export interface StaleProof {
  /** How long ago the holder's job ended, by GitHub's clock. */
  readonly endedMs: number;
  /** How long its heartbeat has stood still; undefined when it has none. */
  readonly stillMs: number | undefined;
}

/** Whether the lock that another job waits for belongs to a dead run, as far as is known. */
export type StaleFinding =
  | { readonly stale: true; readonly proof: StaleProof; readonly isBreaking: boolean }
  | {
      /** Undefined when nothing shows it. */
      readonly stale: false | undefined;
      readonly reason: NotStaleReason;
      /** Whether the job was told to take over a stale lock. */
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
      return 'its run is still in progress';
    case 'no_job_ran':
      return 'no job of its run ever ran';
    case 'ended_recently':
      return `its job ended only ${formatAgo(reason.endedMs)}, and stale_after is ${formatDuration(reason.staleAfterMs)}`;
    case 'heartbeat_too_slow':
      return `its run has ended, but its heartbeat comes every ${formatDuration(reason.intervalMs)}, which is too slow to watch here`;
    case 'heartbeat_unwatched':
      return `${describeEnd(reason.endedMs)}, but its heartbeat was not watched for the full ${formatDuration(reason.watchMs)}`;
    case 'renewed_while_watched':
      return 'its run has ended, but its holder sent a heartbeat while the action watched';
    case 'renewed_at_last':
      return 'its holder has just sent a heartbeat';
  }
}

/** What is known about a lock's holder; ends a sentence that names the lock. Pure. */
export function describeFinding(finding: StaleFinding): string {
  if (finding.stale === true) return describeProof(finding.proof);
  const why = describeNotStale(finding.reason);
  const isUnwatched = finding.reason.kind === 'heartbeat_unwatched' && !finding.isBreaking;
  return isUnwatched ? `${why} (stale_lock: break and the unlock action's only_if_stale watch it)` : why;
}

function describeRunProblem(problem: RunProblem): string {
  switch (problem.kind) {
    case 'jobs_not_listed':
      return 'GitHub does not list all jobs of its run';
    case 'no_end_time':
      return 'GitHub does not say when its run ended';
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
  return `its run has ended (its job ${formatAgo(endedMs)})`;
}
