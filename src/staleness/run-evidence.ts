import type { LockHolder, LockInfo } from '../backend/lock/lock-info.ts';
import type { HoldingJob, RunAttempt, RunStatus } from '../github/run-status.ts';
import { findRunUrl } from '../messages/lock-text.ts';
import { formatDuration } from '../runner/duration.ts';

/** Why a lock is not provably stale; undefined when it is. Ends a sentence that names its holder. */
export type NotStaleReason = string | undefined;

/** The run that a lock says it is held by, or why none can be asked about. */
export type HolderRun =
  | { readonly kind: 'run'; readonly attempt: RunAttempt }
  | { readonly kind: 'none'; readonly reason: string };

const RUN_PATH = /^\/([\w.-]+)\/([\w.-]+)\/actions\/runs\/(\d{1,15})\/attempts\/(\d{1,9})$/;

/** Which attempt of which run holds a lock, if it is one of this server's. Pure. */
export function runOfHolder(holder: LockHolder, serverUrl: string): HolderRun {
  const none = (reason: string): HolderRun => ({ kind: 'none', reason });
  if (holder.info === undefined)
    return none('it can not be read (force: true of the unlock action frees such a one)');
  const text = findRunUrl(holder);
  if (text === undefined || !URL.canParse(text)) {
    return none('it names no run of GitHub Actions, so a person or another system may hold it');
  }
  // A workflow's name is part of the info, and may look like the page of another run.
  if (holder.info.info.split('/actions/runs/').length > 2) return none('it names more than one run');
  const url = new URL(text);
  if (!URL.canParse(serverUrl) || url.origin !== new URL(serverUrl).origin) {
    return none(`its run is not on this server, ${serverUrl}`);
  }
  const [, owner, repo, runId, attempt] = RUN_PATH.exec(url.pathname) ?? [];
  if (owner === undefined || repo === undefined)
    return none('it does not say which attempt of its run holds it');
  const holding = holdingJob(holder.info);
  return {
    kind: 'run',
    attempt: { owner, repo, runId: Number(runId), attempt: Number(attempt), holder: holding },
  };
}

/** `Who` is `actor@runner`, and no actor of GitHub's has an @ in its name. */
function holdingJob({ who, created }: LockInfo): HoldingJob | undefined {
  const at = who.indexOf('@');
  const runner = at === -1 ? '' : who.slice(at + 1);
  return runner === '' ? undefined : { runner, lockedAt: Date.parse(created) };
}

/**
 * Whether a run has provably ended, and long enough ago: a runner that lost contact goes on for minutes after GitHub
 * gave up on it. Only GitHub's own times are compared. Pure.
 */
export function findReasonNotStale(status: RunStatus, staleAfterMs: number): NotStaleReason {
  if (status.kind === 'running') return 'its run is still going on';
  if (status.kind === 'unknown') return status.why;
  if (status.lastJobEnded === undefined) return 'no job of its run ever ran';
  const ended = status.now - status.lastJobEnded;
  if (ended >= staleAfterMs) return undefined;
  return `its job ended only ${formatDuration(ended)} ago, and stale_after is ${formatDuration(staleAfterMs)}`;
}
