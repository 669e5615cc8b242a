import { type ConnectGitHub, GitHubError } from '../../github/api.ts';
import { toRepository } from '../../github/repository.ts';
import { type IssueOutcome, keepIssue } from '../../github/tracking-issue.ts';
import type { StaleProofInputs } from '../../inputs/stale-inputs.ts';
import type { Dependencies } from '../../job-state/dependencies.ts';
import { CodedError } from '../../messages/coded-error.ts';
import { type LocksPage, renderLocks } from '../../messages/locks-page.ts';
import { explainNoIssue } from '../../messages/locks-text.ts';
import { readJob } from '../../runner/job.ts';

/** Everything through which the action reaches the outside world, including GitHub's API. */
export type LocksDependencies = Dependencies & { readonly connectGitHub: ConnectGitHub };

/** A requested issue could not be written; `message` is for the user. */
export class NoIssue extends CodedError<'issue_not_published'> {
  override readonly name = 'NoIssue';

  constructor(message: string, cause: unknown) {
    super('issue_not_published', message, cause);
  }
}

/**
 * Keeps the one issue about the locks of this bucket, prefix and table. It is open while anything needs a person. It
 * mentions living locks, but these neither open it nor keep it open, because a run in progress is normal. Errors:
 * NoIssue.
 */
export async function publishIssue(
  deps: LocksDependencies,
  { apiUrl, token = '' }: StaleProofInputs['github'],
  page: LocksPage,
): Promise<IssueOutcome> {
  const { repository, runId, runAttempt } = readJob(deps.env);
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
    return await keepIssue(api, toRepository(repository), wanted, { clock, signal });
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    throw new NoIssue(explainNoIssue(repository, error), error);
  }
}

/** The issue is about what is left. The next run will report a lock that was taken over in the meantime. */
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
