import { type ListedPlan, listPlans } from '../../backend/plan-vault/list-plans.ts';
import { readPlanRecord } from '../../backend/plan-vault/read-plan-record.ts';
import type { Backend } from '../../backend/settings.ts';
import type { UsableState } from '../../backend/state/usable-state.ts';
import { type ConnectGitHub, GitHubError } from '../../github/api.ts';
import { type OpenHead, openHeads, setStatus } from '../../github/commit-statuses.ts';
import { toRepository } from '../../github/repository.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { explainNotSet, NO_PLANS_LINE, olderPlansText, pullRequestLine } from '../../messages/check-text.ts';
import { CodedError } from '../../messages/coded-error.ts';
import { pullRequestPage } from '../../messages/pull-request-page.ts';
import { readJob } from '../../runner/job.ts';
import type { CheckSubject } from './check-inputs.ts';
import {
  type CheckedHead,
  decideStatuses,
  isAsGiven,
  newestByHead,
  type VaultPlan,
} from './decide-statuses.ts';

/** Everything through which the action reaches the outside world, including GitHub's API. */
export type CheckDependencies = Dependencies & { readonly connectGitHub: ConnectGitHub };

export type PullRequestsSubject = Extract<CheckSubject, { kind: 'pull_requests' }>;

/** A requested status could not be set; `message` is for the user. */
export class NotSet extends CodedError<'statuses_not_set'> {
  override readonly name = 'NotSet';

  constructor(message: string, cause: unknown) {
    super('statuses_not_set', message, cause);
  }
}

/** The most records that are read, the newest. */
const MOST_RECORDS = 1_000;
/**
 * The most statuses that are read one by one before they are set. For more, all statuses are set unread, so that 100 pull
 * requests take two requests and one for each.
 */
const MOST_READ = 50;
/** The number of records read in parallel. */
const AT_ONCE = 20;

/**
 * Sets the status of each open pull request whose head has a plan in the vault, unless it is already set. Calls
 * `readState` once. Errors: NotSet, AwsError, and those of `readState`.
 */
export async function checkPullRequests(
  deps: CheckDependencies,
  backend: Backend,
  subject: PullRequestsSubject,
  readState: () => Promise<UsableState | undefined>,
): Promise<{ readonly checked: readonly CheckedHead[]; readonly state: UsableState | undefined }> {
  const { repository, serverUrl } = readJob(deps.env);
  const where = toRepository(repository);
  const { context, apiUrl, token } = subject;
  const { clock, signal, random } = deps;
  try {
    const api = await deps.connectGitHub({ apiUrl, token, signal, clock, random });
    const heads = await openHeads(api, where, context);
    const state = await readState();
    const plans = await readPlans(deps, backend, heads, repository);
    const decided = { address: backend.address, repository, serverUrl, now: clock.now() };
    const checked = decideStatuses(heads, plans, decided, state);
    // One after another, as GitHub asks.
    for (const one of checked) {
      const head = heads.find(({ number }) => number === one.number);
      const isRead = head?.isStatusListed === true || checked.length <= MOST_READ;
      const given = isRead ? await head?.status() : undefined;
      const isSet = !isAsGiven(one.status, given);
      if (isSet) await setStatus(api, where, { sha: one.sha, context }, one.status);
      deps.runner.info(
        pullRequestLine(toRow(one, pullRequestPage(serverUrl, repository, one.number)), isSet),
      );
    }
    if (checked.length === 0) deps.runner.info(NO_PLANS_LINE);
    return { checked, state };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    const isForbidden = error.kind === 'forbidden' || error.kind === 'not_found';
    throw new NotSet(explainNotSet(context, isForbidden, `${error.message}.`), error);
  }
}

/** A checked head in the form for the log and the job's page. */
export function toRow({ number, misfit, status }: CheckedHead, url: string | undefined) {
  return { number, url, isFresh: misfit === undefined, description: status.description };
}

/** Reads records, the newest first, until each head has its plan. */
async function readPlans(
  deps: CheckDependencies,
  backend: Backend,
  heads: readonly OpenHead[],
  repository: string,
): Promise<VaultPlan[]> {
  if (heads.length === 0) return [];
  const listed = await listPlans(backend);
  const plans: VaultPlan[] = [];
  for (let from = 0; from < Math.min(listed.length, MOST_RECORDS); from += AT_ONCE) {
    const newest = newestByHead(plans, repository);
    if (heads.every(({ sha }) => newest.has(sha))) return plans;
    const some = listed.slice(from, Math.min(from + AT_ONCE, MOST_RECORDS));
    const found = await Promise.all(some.map((plan) => readPlan(backend, plan)));
    plans.push(...found.filter((plan) => plan !== undefined));
  }
  if (listed.length > MOST_RECORDS) deps.runner.notice(olderPlansText(MOST_RECORDS, listed.length));
  return plans;
}

/** A record that is gone or unusable belongs to no head. */
async function readPlan(backend: Backend, { planId, storedAt }: ListedPlan): Promise<VaultPlan | undefined> {
  const found = await readPlanRecord(backend, planId);
  return found.kind === 'found' ? { planId, record: found.record, storedAt } : undefined;
}
