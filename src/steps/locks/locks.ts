import { type Action, runAction } from '../../action/run-action.ts';
import type { FoundLock } from '../../backend/lock/lock-store.ts';
import { stateLock } from '../../backend/lock/state-lock.ts';
import type { Backend } from '../../backend/settings.ts';
import { findExpiredPlans } from '../../backend/survey/find-expired-plans.ts';
import type { FoundStateLock } from '../../backend/survey/survey-locks.ts';
import { withBackend } from '../../connection/connect-backend.ts';
import type { IssueOutcome } from '../../github/tracking-issue.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import type { LocksPage } from '../../messages/locks-page.ts';
import {
  issueLine,
  type LockRow,
  lockLine,
  lookedLine,
  moreLocksText,
  nameRange,
} from '../../messages/locks-text.ts';
import type { Job } from '../../runner/job.ts';
import { assessLocks } from './assess-locks.ts';
import { freeDeadLocks } from './free-dead-locks.ts';
import { type LocksInputs, readLocksInputs } from './locks-inputs.ts';
import { type LocksDependencies, NoIssue, publishIssue } from './publish-issue.ts';
import { describeEnd, describeLocksFailure, type LocksEnd } from './report-locks.ts';

/** The most locks that are checked. Each takes one or two requests. */
const MOST_LOCKS = 2_000;
/** The most plan records that are read. */
const MOST_RECORDS = 100;
/** The most locks in the log, one per line. */
const MOST_LINES = 200;

/**
 * The locks action: finds every lock in a bucket and a table, says whose holder is dead, frees those on request, and
 * keeps an issue about what is left. Errors are thrown, for the entry to explain.
 */
export function locks(deps: LocksDependencies): Promise<void> {
  return runAction(deps, LOCKS);
}

const LOCKS: Action<LocksDependencies, LocksInputs, LocksEnd> = {
  secretInputs: ['github_token'],
  readInputs: (deps, job) => readActionInputs(deps, job, readLocksInputs),
  work: async (deps, inputs, job) => {
    return await withBackend(deps, inputs.backend, async (backend) => {
      await backend.aws.signIn();
      return await lookAndFree(deps, backend, inputs, job);
    });
  },
  describeEnd,
  describeFailure: describeLocksFailure,
};

async function lookAndFree(
  deps: LocksDependencies,
  backend: Backend,
  inputs: LocksInputs,
  job: Job,
): Promise<LocksEnd> {
  const page = await look(deps, backend, inputs, job);
  const range = {
    bucket: backend.address.bucket,
    prefix: inputs.prefix,
    table: backend.table,
  };
  const { issue, failure } = await publish(deps, inputs, page);
  return { range, page, issue, failure };
}

async function look(
  deps: LocksDependencies,
  backend: Backend,
  { prefix, free, proof }: LocksInputs,
  job: Job,
): Promise<LocksPage> {
  const { runner, clock } = deps;
  const begin = clock.monotonic();
  // Loaded in the same way as by the lock cleanup, so the bundle contains it once.
  const { surveyLocks } = await import('../../backend/survey/survey-locks.ts');
  const survey = await surveyLocks(backend, { prefix, mostLocks: MOST_LOCKS });
  const { expired, unread } = await findExpiredPlans(backend, survey.planRecords, MOST_RECORDS);
  const assessing = {
    lookUpRun: deps.lookUpRun,
    signal: deps.signal,
    clock,
    runner,
    storeNow: () => backend.aws.storeNow(),
    readAgain: (found: FoundStateLock) => readAgain(backend, found),
  };
  const assessed = await assessLocks(assessing, proof, survey.locks);
  const rows =
    free === 'stale'
      ? await freeDeadLocks(deps, backend, assessed)
      : assessed.map((one): LockRow => ({ ...one, end: undefined }));
  const where = nameRange({ bucket: backend.address.bucket, prefix, table: backend.table });
  const pages = { githubServer: job.serverUrl };
  for (const row of rows.slice(0, MOST_LINES)) runner.info(lockLine(row, pages, clock.now()));
  if (survey.moreLocks > 0) runner.warning(moreLocksText(survey.locks.length, survey.moreLocks));
  const tookMs = clock.monotonic() - begin;
  runner.info(lookedLine(where, { locks: rows.length, objects: survey.objects, tookMs }));
  const { lonelyDigests, rescueCopies } = survey;
  return {
    where,
    rows,
    moreLocks: survey.moreLocks,
    remnants: { lonelyDigests, rescueCopies, expiredPlans: expired },
    unreadPlans: unread,
    pages,
    now: clock.now(),
  };
}

/** For a holder with a heartbeat, the item that has it. */
async function readAgain(
  backend: Backend,
  { address, stores }: FoundStateLock,
): Promise<FoundLock | undefined> {
  const now = (await stateLock({ ...backend, address })?.read()) ?? [];
  return now.find(({ store }) => store === stores[0].store);
}

/** A failed publication is reported after everything that was found. */
async function publish(
  deps: LocksDependencies,
  { publish: how, proof }: LocksInputs,
  page: LocksPage,
): Promise<{ readonly issue: IssueOutcome; readonly failure: NoIssue | undefined }> {
  const none: IssueOutcome = { kind: 'none' };
  if (how === 'none') return { issue: none, failure: undefined };
  try {
    const issue = await publishIssue(deps, proof.github, page);
    if (issue.kind !== 'none') deps.runner.info(issueLine(issue.kind, issue.url));
    return { issue, failure: undefined };
  } catch (error) {
    if (!(error instanceof NoIssue)) throw error;
    return { issue: none, failure: error };
  }
}
