import { type ConnectGitHub, GitHubError } from '../../github/api.ts';
import { type IssueOutcome, keepIssue } from '../../github/tracking-issue.ts';
import type { StaleProofInputs } from '../../inputs/stale-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { CodedError } from '../../messages/coded-error.ts';
import { type LocksPage, renderLocks } from '../../messages/locks-page.ts';
import { explainNoIssue } from '../../messages/locks-text.ts';
import { readJob } from '../../runner/job.ts';

/** What the action reaches the world through: GitHub's API, too. */
export type LocksDependencies = Dependencies & { readonly connectGitHub: ConnectGitHub };

/** An issue was asked for and could not be kept; `message` is for the user. */
export class NoIssue extends CodedError<'issue_not_published'> {
  override readonly name = 'NoIssue';

  constructor(message: string, cause: unknown) {
    super('issue_not_published', message, cause);
  }
}

/**
 * Keeps the one issue about the locks of this bucket, prefix and table. It is open while anything needs somebody; locks that are alive are told in it, and
 * neither open it nor keep it open, since a run that goes on is as it should be. Errors: NoIssue.
 */
export async function publishIssue(
  deps: LocksDependencies,
  { apiUrl, token = '' }: StaleProofInputs['github'],
  page: LocksPage,
): Promise<IssueOutcome> {
  const { repository, runId, runAttempt } = readJob(deps.env);
  const [owner = '', repo = ''] = repository.split('/');
  const { clock, signal, random } = deps;
  const left = withoutFreed(page);
  const wanted = {
    id: `locks ${page.where}`,
    title: `Terraform locks in ${page.where}`.slice(0, 250),
    render: (room: number) => renderLocks(left, room),
    isOpen: needsSomebody(left),
    run: { runId, runAttempt },
  };
  try {
    const api = await deps.connectGitHub({ apiUrl, token, signal, clock, random });
    return await keepIssue(api, { owner, repo }, wanted, { clock, signal });
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    throw new NoIssue(explainNoIssue(repository, error), error);
  }
}

/** An issue is about what is left; of a lock that was taken over meanwhile the next look will tell. */
function withoutFreed(page: LocksPage): LocksPage {
  const rows = page.rows.filter(
    ({ end }) => end === undefined || end.kind === 'stays' || end.kind === 'failed',
  );
  return { ...page, rows };
}

function needsSomebody({ rows, moreLocks, remnants }: LocksPage): boolean {
  const { lonelyDigests, rescueCopies, expiredPlans } = remnants;
  const isAnyLeft = lonelyDigests.length + rescueCopies.length + expiredPlans.length > 0;
  return isAnyLeft || moreLocks > 0 || rows.some(({ status }) => status.kind !== 'alive');
}
