import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { StateScope } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { decisionLine } from '../../messages/debug-text.ts';
import { waitingLine } from '../../messages/locked-text.ts';
import { nameWaitedHolder, renderNotHeld, type WaitedHolder } from '../../messages/wait-text.ts';
import { writeSummary } from '../../messages/write-summary.ts';
import type { WaitComment } from './wait-comment.ts';

/** How people see a wait: in the log, on the job's page, and on the pull request where that was asked for. */
export interface WaitReport {
  /** Told at each look at the lock in the way. */
  saw(holder: LockHolder | undefined): void;
  /** Told at the first look, and then once a minute. `ahead`: how many wait before us; undefined: there is no queue. */
  waiting(holder: LockHolder | undefined, waitedMs: number, ahead: number | undefined): void;
  /** Whose locks were in the way, the last ones; undefined: nobody's. */
  holders(): WaitedHolder[] | undefined;
  /** The lock is not to be had. */
  gaveUp(holder: LockHolder | undefined, waitedMs: number): Promise<void>;
}

/** Holders that the job's page names. */
const MOST_HOLDERS = 5;

/** Tells of a wait of `timeoutMs`; `comment` is told of each look, too. */
export function createWaitReport(
  deps: Pick<Dependencies, 'runner' | 'clock'>,
  scope: StateScope,
  timeoutMs: number,
  comment: WaitComment,
): WaitReport {
  const { runner, clock } = deps;
  const startedAt = clock.monotonic();
  const holders = new Map<string, WaitedHolder>();
  let position: number | undefined;
  return {
    saw: (holder) => {
      comment.saw(holder, clock.monotonic() - startedAt);
      const waited = nameWaitedHolder(holder, scope);
      const key = `${waited.name} ${waited.run}`;
      holders.delete(key);
      holders.set(key, waited);
    },
    waiting: (holder, waitedMs, ahead) => {
      position = ahead;
      comment.waiting(holder, ahead);
      const waited = `waited ${Math.round(waitedMs)} of ${timeoutMs} ms`;
      runner.debug(decisionLine('lock', 'held by somebody else', waited));
      if (timeoutMs === 0) return;
      runner.info(waitingLine(holder, { waitedMs, timeoutMs, ahead }, scope, clock.now()));
    },
    holders: () => (holders.size === 0 ? undefined : [...holders.values()].slice(-MOST_HOLDERS)),
    gaveUp: (holder, waitedMs) =>
      writeSummary(deps, () => renderNotHeld(scope, holder, { waitedMs, ahead: position })),
  };
}
