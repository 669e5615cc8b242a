import { type Action, runAction } from '../../action/run-action.ts';
import { readAskedPlan } from '../../backend/plan-vault/read-plan-record.ts';
import type { Backend } from '../../backend/settings.ts';
import { readStoredState } from '../../backend/state/pull.ts';
import { requireUsable, type UsableState } from '../../backend/state/usable-state.ts';
import { describeScope, withBackend } from '../../connection/connect-backend.ts';
import { readActionInputs } from '../../inputs/read-action-inputs.ts';
import { fingerprint } from '../../job-state/state-fingerprint.ts';
import { freshLine } from '../../messages/check-text.ts';
import { reportPullNotice } from '../../messages/report-pull-notice.ts';
import { readJob } from '../../runner/job.ts';
import { type CheckInputs, type CheckSubject, readCheckInputs } from './check-inputs.ts';
import {
  type CheckDependencies,
  checkPullRequests,
  type PullRequestsSubject,
} from './check-pull-requests.ts';
import { compareState, compareWithRecord, type Freshness } from './compare-state.ts';
import { type CheckEnd, describeCheckFailure, describeEnd } from './report-check.ts';

/**
 * The check action: says whether a plan still fits the state, and fails when it doesn't; or sets a status on each open
 * pull request that has a plan. It never locks and never writes to AWS. Errors are thrown, for the entry to explain.
 */
export function check(deps: CheckDependencies): Promise<void> {
  return runAction(deps, CHECK);
}

const CHECK: Action<CheckDependencies, CheckInputs, CheckEnd> = {
  secretInputs: ['github_token'],
  readInputs: (deps, job) => readActionInputs(deps, job, readCheckInputs),
  work: lookAndCompare,
  describeEnd,
  describeFailure: describeCheckFailure,
};

async function lookAndCompare(deps: CheckDependencies, inputs: CheckInputs): Promise<CheckEnd> {
  const { subject } = inputs;
  const scope = describeScope(inputs.backend, deps.env);
  return await withBackend(deps, inputs.backend, async (backend) => {
    if (subject.kind === 'pull_requests') return await checkAll(deps, backend, subject);
    const freshness = await checkOne(deps, backend, subject);
    if (freshness.misfits.length === 0)
      deps.runner.info(freshLine(scope, freshness.state?.valid.header.serial));
    return { kind: 'plan', scope, freshness };
  });
}

async function checkOne(
  deps: CheckDependencies,
  backend: Backend,
  subject: Exclude<CheckSubject, PullRequestsSubject>,
): Promise<Freshness> {
  if (subject.kind === 'fingerprint')
    return compareState(subject.fingerprint, await readState(deps, backend));
  // Both have ended before an error of either is thrown.
  const [state, asked] = await Promise.allSettled([
    readState(deps, backend),
    readAskedPlan(backend, subject.reference),
  ]);
  if (state.status === 'rejected') throw state.reason;
  if (asked.status === 'rejected') throw asked.reason;
  const decided = { address: backend.address, now: deps.clock.now() };
  const { planId, found } = asked.value;
  return compareWithRecord(planId, found, decided, state.value);
}

async function checkAll(
  deps: CheckDependencies,
  backend: Backend,
  subject: PullRequestsSubject,
): Promise<CheckEnd> {
  const { checked, state } = await checkPullRequests(deps, backend, subject, () => readState(deps, backend));
  const misfits = checked.flatMap(({ misfit }) => misfit ?? []);
  const actual = fingerprint(state?.object, state?.valid.header);
  const { repository } = readJob(deps.env);
  const freshness = { misfits, fingerprint: actual, state };
  return { kind: 'pull_requests', scope: backend, repository, checked, freshness };
}

async function readState(deps: CheckDependencies, backend: Backend): Promise<UsableState | undefined> {
  const { clock, signal } = deps;
  const { state } = await readStoredState(backend, {
    clock,
    signal,
    onNotice: (notice) => reportPullNotice(deps, backend, notice),
  });
  return requireUsable(backend, state);
}
