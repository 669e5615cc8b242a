import { parseFreeze } from '../backend/records/freeze.ts';
import type { LockHolder, LockInfo } from '../backend/records/lock-info.ts';
import type { HoldingJob, RunAttempt, RunStatus } from '../github/run-status.ts';
import { findRunUrl } from '../messages/lock-text.ts';
import type { NoRunReason, NotStaleReason } from '../messages/not-stale-text.ts';

/** The run that holds a lock according to the lock, or why none can be looked up. */
export type HolderRun =
  | { readonly kind: 'run'; readonly attempt: RunAttempt }
  | { readonly kind: 'none'; readonly reason: NoRunReason };

const RUN_PATH = /^\/([\w.-]+)\/([\w.-]+)\/actions\/runs\/(\d{1,15})\/attempts\/(\d{1,9})$/;

/** The run and attempt that hold a lock, if the run is on this server. Pure. */
export function runOfHolder(holder: LockHolder, serverUrl: string): HolderRun {
  const none = (reason: NoRunReason): HolderRun => ({ kind: 'none', reason });
  if (holder.info === undefined) return none({ kind: 'holder_unreadable' });
  if (parseFreeze(holder) !== undefined) return none({ kind: 'frozen' });
  // The text that was cut off may name another run.
  if (holder.isCut) return none({ kind: 'oversized' });
  const text = findRunUrl(holder);
  if (text === undefined || !URL.canParse(text)) return none({ kind: 'names_no_run' });
  // A workflow's name is part of the info, and may look like the page of another run.
  if (holder.info.info.split('/actions/runs/').length > 2) return none({ kind: 'names_several_runs' });
  const url = new URL(text);
  if (!URL.canParse(serverUrl) || url.origin !== new URL(serverUrl).origin) {
    return none({ kind: 'other_server', serverUrl });
  }
  const [, owner, repo, runId, attempt] = RUN_PATH.exec(url.pathname) ?? [];
  if (owner === undefined || repo === undefined) return none({ kind: 'no_attempt' });
  const holding = holdingJob(holder.info);
  return {
    kind: 'run',
    attempt: { owner, repo, runId: Number(runId), attempt: Number(attempt), holder: holding },
  };
}

/** `Who` is `actor@runner`, and no GitHub actor has an @ in its name. */
function holdingJob({ who, created }: LockInfo): HoldingJob | undefined {
  const at = who.indexOf('@');
  const runner = at === -1 ? '' : who.slice(at + 1);
  return runner === '' ? undefined : { runner, lockedAt: Date.parse(created) };
}

/** How long ago the job that held a lock provably ended, in ms; or why there is no proof. */
export type RunEnd =
  | { readonly kind: 'ended'; readonly endedMs: number }
  | { readonly kind: 'not_proven'; readonly reason: NotStaleReason };

/**
 * Whether a run has provably ended, and long enough ago: a runner that lost contact keeps running for minutes after
 * GitHub gave up on it. Compares only GitHub's own times. Pure.
 */
export function proveRunEnded(status: RunStatus, staleAfterMs: number): RunEnd {
  const notProven = (reason: NotStaleReason): RunEnd => ({ kind: 'not_proven', reason });
  if (status.kind === 'running') return notProven({ kind: 'run_going_on' });
  if (status.kind === 'unknown') return notProven({ kind: 'run_unknown', problem: status.problem });
  if (status.lastJobEnded === undefined) return notProven({ kind: 'no_job_ran' });
  const endedMs = status.now - status.lastJobEnded;
  if (endedMs >= staleAfterMs) return { kind: 'ended', endedMs };
  return notProven({ kind: 'ended_recently', endedMs, staleAfterMs });
}
