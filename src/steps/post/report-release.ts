import { findLostWrite } from '../../backend/lock/held-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import type { StateFacts } from '../../backend/state/hash-and-inspect.ts';
import { readRecord } from '../../job-state/checkpoint-record.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { readBaseline } from '../../job-state/resource-baseline.ts';
import type { SavedState } from '../../job-state/saved-state.ts';
import { unconditionalText } from '../../messages/conditional-writes-text.ts';
import { explain } from '../../messages/explain.ts';
import {
  type LockFacts,
  type PushSummary,
  type ReleaseSummary,
  renderLockSummary,
  renderSummary,
} from '../../messages/job-summary.ts';
import { explainKeptState, keptLocation } from '../../messages/kept-state-text.ts';
import { missingLockText } from '../../messages/lock-lost-text.ts';
import { pushLine } from '../../messages/push-text.ts';
import { NO_LOCK_LINE, releasedLine } from '../../messages/release-text.ts';
import { stateUrl } from '../../messages/state-url.ts';
import { renderTimeline, type TimelineFacts } from '../../messages/timeline.ts';
import { firstCause } from '../../messages/to-reason-code.ts';
import { writeSummary } from '../../messages/write-summary.ts';
import { readJob } from '../../runner/job.ts';
import { compareResources, type ResourceChanges } from '../../statefile/compare-resources.ts';
import type { PushEnd } from './push-end.ts';
import type { LockRelease } from './release-lock.ts';

/** Everything to report after a release. */
export interface ReleaseReport {
  readonly saved: SavedState;
  /** Undefined when there was nothing to decide about. */
  readonly push: PushEnd | undefined;
  readonly end: LockRelease;
  readonly times: PostTimes;
}

/** When post began, and when its push and its release ended, in ms since the epoch. */
export type PostTimes = Pick<TimelineFacts, 'postAt' | 'pushedAt' | 'releasedAt'>;

/** Reports in the log what happened to the job's state. */
export function logPush({ runner }: Pick<Dependencies, 'runner'>, backend: Backend, push: PushEnd): void {
  const { decision, pushed, kept } = push;
  const url = stateUrl(backend);
  if (pushed !== undefined && !pushed.conditional) runner.warning(unconditionalText(url));
  const facts = 'local' in decision ? decision.local.facts : undefined;
  const state = facts && { serial: readSerial(facts), size: facts.size, md5: facts.md5 };
  const text = pushLine({ kind: decision.kind, isPushed: pushed !== undefined, state }, url);
  if (decision.kind === 'removed') runner.warning(text);
  else if (decision.kind === 'never') runner.notice(text);
  else runner.info(text);
  if (kept !== undefined) runner.info(keptLocation(kept));
}

function readSerial({ inspection }: StateFacts): bigint | undefined {
  return inspection.kind === 'state' ? inspection.header.serial : undefined;
}

/**
 * Reports in the log what happened to the lock. A lock that somebody else freed is a warning, unless an error reports
 * it.
 */
export function logLockRelease(
  { runner, clock, env }: Pick<Dependencies, 'env' | 'runner' | 'clock'>,
  { address }: Pick<Backend, 'address'>,
  { session, lockStatus, times }: SavedState,
  push: PushEnd | undefined,
  { lock }: LockRelease,
): void {
  const now = clock.now();
  if (lock.kind === 'released') {
    runner.info(releasedLine(times && now - times.heldSince));
  } else if (lock.kind === 'nothing') {
    if (session.mode !== 'none') runner.info(NO_LOCK_LINE);
  } else if (lock.kind === 'gone' || lock.kind === 'taken') {
    const nothingElse = push === undefined && session.pull;
    const isExpected = lockStatus === 'trying' || nothingElse || push?.error !== undefined;
    const holder = lock.kind === 'taken' ? lock.holder : undefined;
    const pages = { githubServer: readJob(env).serverUrl };
    const text = missingLockText({ lockPath: address.lockPath, holder, isExpected }, pages, now);
    if (isExpected) runner.info(text);
    else runner.warning(text);
  }
}

/** Everything that fails the step. */
export function collectFailures({ push, end }: Pick<ReleaseReport, 'push' | 'end'>): unknown[] {
  return [...(push?.error === undefined ? [] : [push.error]), ...end.errors];
}

/** Writes the only block on the job's page. If that fails, it is a warning, because the work itself is done. */
export async function reportRelease(
  deps: Pick<Dependencies, 'runner' | 'clock'>,
  report: ReleaseReport,
): Promise<void> {
  if (!hasSummary(report)) return;
  await writeSummary(deps, async () => {
    const { summary, timeline } = await describeRelease(deps, report);
    return summary.kind === 'lock' ? renderLockSummary(summary, timeline) : renderSummary(summary, timeline);
  });
}

/** Whether there is anything to report on the page. Pure. */
export function hasSummary({ saved, push }: ReleaseReport): boolean {
  return push !== undefined || !saved.session.pull;
}

/** What the job's page reports about a release. */
export interface ReleaseFacts {
  readonly summary: ReleaseSummary;
  /** Markdown. */
  readonly timeline: string;
}

/** Collects this while the job's files still exist. Throws when the disk fails. */
export async function describeRelease(
  { clock }: Pick<Dependencies, 'clock'>,
  report: ReleaseReport,
): Promise<ReleaseFacts> {
  const { saved, push } = report;
  const lock = lockFacts(report, clock.now());
  const { privateDirectory, mode } = saved.session;
  const timeline = renderTimeline(timelineFacts(report));
  if (push === undefined) return { summary: { kind: 'lock', ...lock }, timeline };
  const changes = await countChanges(privateDirectory, push);
  const serialBefore = saved.pulled?.state?.serial;
  const facts = { ...lock, mode, push: toPushSummary(push), serialBefore, changes };
  return { summary: { kind: 'state', ...facts }, timeline };
}

function lockFacts(report: ReleaseReport, now: number): LockFacts {
  const { saved, push, end } = report;
  const errors = collectFailures(report).map((error) => explain(error, now));
  return {
    backend: saved.session.backend,
    times: saved.times,
    heldMs: saved.times && now - saved.times.heldSince,
    lock: end.lock.kind,
    problems: [...errors, ...(push?.kept ? [explainKeptState(push.kept, now)] : [])],
  };
}

function timelineFacts({ saved, push, end, times }: ReleaseReport): TimelineFacts {
  const { session, handedOverAt } = saved;
  return {
    startedAt: session.startedAt,
    lockedAt: saved.times?.heldSince,
    waitedMs: saved.times?.waitedMs ?? 0,
    handedOverAt,
    checkpointsAt: readRecord(session.privateDirectory)?.committedAt ?? [],
    ...times,
    push: push?.pushed === undefined ? 'looked at the state' : 'pushed',
    release: end.lock.kind === 'released' ? 'released' : 'ended',
  };
}

async function countChanges(directory: string, { decision }: PushEnd): Promise<ResourceChanges | undefined> {
  if (!('local' in decision)) return undefined;
  const { inspection } = decision.local.facts;
  if (inspection.kind !== 'state') return undefined;
  const before = await readBaseline(directory);
  return compareResources(before, inspection.resources);
}

/** Whether a push that failed with `error` may be in the store. Pure. */
function mayBeStored(error: unknown): boolean {
  const write = findLostWrite(firstCause(error));
  return write === 'in_doubt' || write === 'stored';
}

/** What the summary shows about a push. Pure. */
export function toPushSummary({ decision, pushed, error }: PushEnd): PushSummary {
  const { kind } = decision;
  const isPushed = pushed !== undefined;
  const end = { kind, isPushed, mayBeStored: mayBeStored(error), versionId: pushed?.versionId };
  if (!('local' in decision)) return { ...end, serial: undefined };
  return { ...end, serial: readSerial(decision.local.facts) ?? 'unreadable' };
}
