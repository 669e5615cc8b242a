import type { Backend } from '../../backend/settings.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { readBaseline } from '../../job-state/resource-baseline.ts';
import type { SavedState, Session } from '../../job-state/saved-state.ts';
import { explain } from '../../messages/explain.ts';
import { nameHolder } from '../../messages/lock-text.ts';
import { stateUrl } from '../../messages/state-url.ts';
import { writeSummary } from '../../messages/write-summary.ts';
import { readJob } from '../../runner/job.ts';
import { compareResources, type ResourceChanges } from '../../statefile/compare-resources.ts';
import { formatDuration } from '../../time/duration.ts';
import type { PushEnd } from './push-for-job.ts';
import type { LockRelease } from './release-lock.ts';
import { type LockFacts, renderLockSummary, renderSummary } from './summary.ts';

/** All that there is to tell after a release. */
export interface ReleaseReport {
  readonly saved: SavedState;
  /** Undefined: there was nothing to decide about. */
  readonly push: PushEnd | undefined;
  readonly end: LockRelease;
}

/** Says in the log what became of the job's state. */
export function logPush({ runner }: Dependencies, backend: Backend, { mode }: Session, push: PushEnd): void {
  const { decision, pushed, kept } = push;
  const where = stateUrl(backend);
  if (pushed !== undefined && !pushed.conditional) {
    runner.warning(
      `The store of ${where} knows no conditional writes that work; the object was looked at right before the push ` +
        'and right after it instead, which leaves a moment in which another writer could be overwritten.',
    );
  }
  const texts: Readonly<Record<typeof decision.kind, string>> = {
    push: pushed ? `Pushed ${describe(push)} to ${where}.` : 'The state could not be pushed.',
    refuse: 'The state was not pushed.',
    checkpointed: `The checkpointer pushed ${describe(push)} to ${where} already: nothing is left to push.`,
    unchanged: 'The job did not change the state: nothing to push.',
    no_state: 'There was no state, and the job made none: nothing to push.',
    never: `The job changed its copy of the state, which is not pushed: ${mode === 'none' ? 'lock is "none"' : 'push is "never"'}.`,
    unknown: "The job's state file could not be read: nothing is pushed.",
    removed: `The job removed its copy of the state. Nothing is pushed; ${where} stays as it was.`,
  };
  if (decision.kind === 'never' && mode === 'none') runner.notice(texts.never);
  else runner.info(texts[decision.kind]);
  if (decision.kind === 'removed') runner.warning(texts.removed);
  if (kept !== undefined) runner.info(kept);
}

function describe({ decision }: PushEnd): string {
  if (decision.kind !== 'push' && decision.kind !== 'checkpointed') return 'the state';
  const { inspection, size, md5 } = decision.local.facts;
  const serial = inspection.kind === 'state' ? `serial ${inspection.header.serial}` : 'the state';
  return `${serial}, ${size} bytes, MD5 ${md5},`;
}

/** Says in the log what became of the lock. A lock that somebody else freed is a warning, unless an error says it. */
export function logLockRelease(
  { runner, clock, env }: Dependencies,
  { session, lockStatus, times }: SavedState,
  push: PushEnd | undefined,
  { lock }: LockRelease,
): void {
  if (lock.kind === 'released') {
    const held = times === undefined ? '' : `, held for ${formatDuration(clock.now() - times.heldSince)}`;
    runner.info(`Released the lock${held}.`);
  } else if (lock.kind === 'nothing') {
    runner.info('There is no lock to release.');
  } else if (lock.kind === 'gone' || lock.kind === 'taken') {
    const now =
      lock.kind === 'gone'
        ? 'It is free'
        : `Now it is held by ${nameHolder(lock.holder, { githubServer: readJob(env).serverUrl }, clock.now())}`;
    const nothingElse = push === undefined && session.pull;
    const expected = lockStatus === 'trying' || nothingElse || push?.error !== undefined;
    if (expected) runner.info(`The lock is not ours: nothing to release. ${now}.`);
    else runner.warning(`Somebody freed our lock while this job held it. ${now}.`);
  }
}

/** Everything that turns the step red. */
export function collectFailures({ push, end }: Pick<ReleaseReport, 'push' | 'end'>): unknown[] {
  return [...(push?.error === undefined ? [] : [push.error]), ...end.errors];
}

/** Writes the one block on the job's page. A page that can't be written is a warning: the work itself is done. */
export async function reportRelease(deps: Dependencies, report: ReleaseReport): Promise<void> {
  const { saved, push } = report;
  const now = deps.clock.now();
  if (push === undefined && saved.session.pull) return;
  const lock = lockFacts(report, now);
  const { privateDirectory, mode } = saved.session;
  await writeSummary(deps, async () => {
    if (push === undefined) return renderLockSummary(lock);
    const changes = await countChanges(privateDirectory, push);
    const serialBefore = saved.pulled?.state?.serial;
    return renderSummary({ ...lock, mode, push, serialBefore, changes });
  });
}

function lockFacts(report: ReleaseReport, now: number): LockFacts {
  const { saved, push, end } = report;
  const errors = collectFailures(report).map((error) => explain(error, now));
  return {
    backend: saved.session.backend,
    waitedMs: saved.times?.waitedMs,
    heldMs: saved.times && now - saved.times.heldSince,
    lock: end.lock.kind,
    problems: [...errors, ...(push?.kept ? [push.kept] : [])],
  };
}

async function countChanges(directory: string, { decision }: PushEnd): Promise<ResourceChanges | undefined> {
  if (!('local' in decision)) return undefined;
  const { inspection } = decision.local.facts;
  if (inspection.kind !== 'state') return undefined;
  const before = await readBaseline(directory);
  return compareResources(before, inspection.resources);
}
