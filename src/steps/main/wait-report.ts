import type { LockHolder } from '../../backend/records/lock-info.ts';
import type { StateScope } from '../../backend/state-error.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { decisionLine } from '../../messages/debug-text.ts';
import { HELD_BY } from '../../messages/lock-text.ts';
import { waitingLine } from '../../messages/locked-text.ts';
import { nameWaitedHolder, renderNotHeld, type WaitedHolder } from '../../messages/wait-text.ts';
import { writeSummary } from '../../messages/write-summary.ts';
import type { WaitComment } from './wait-comment.ts';

/** How people see a wait: in the log, on the job's page and, on request, on the pull request. */
export interface WaitReport {
  /** Called each time the other lock is read. */
  saw(holder: LockHolder | undefined): void;
  /** Called at the first read, and then once a minute. `ahead`: how many wait before us; undefined without a queue. */
  waiting(holder: LockHolder | undefined, waitedMs: number, ahead: number | undefined): void;
  /** The last holders of the lock; undefined when there was none. */
  holders(): WaitedHolder[] | undefined;
  /** The lock could not be taken. */
  gaveUp(holder: LockHolder | undefined, waitedMs: number): Promise<void>;
}

/** The number of holders named on the job's page. */
const MOST_HOLDERS = 5;

/** Reports a wait of `timeoutMs`; passes each read to `comment` too. */
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
      runner.debug(decisionLine('lock', `${HELD_BY} somebody else`, waited));
      if (timeoutMs === 0) return;
      runner.info(waitingLine(holder, { waitedMs, timeoutMs, ahead }, scope, clock.now()));
    },
    holders: () => (holders.size === 0 ? undefined : [...holders.values()].slice(-MOST_HOLDERS)),
    gaveUp: (holder, waitedMs) =>
      writeSummary(deps, () => renderNotHeld(scope, holder, { waitedMs, ahead: position })),
  };
}
